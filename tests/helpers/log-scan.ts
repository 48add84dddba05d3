const patterns: Array<[what: string, pattern: RegExp]> = [
  ["a bearer token", /\bbearer [\w.~+/=-]{8,}/i],
  ["a session cookie", /fv_(?:session|flash)=/],
  ["a header that names somebody", /"(?:authorization|cookie|set-cookie|x-forwarded-for)":/i],
  // The addresses that tests/helpers/visitor.ts and tests give visitors: shared and documentation ranges.
  ["a visitor's address", /\b(?:100\.64|203\.0\.113|198\.51\.100|192\.0\.2)(?:\.\d{1,3}){1,2}\b/],
  ["a visitor's address", /2001:db8:/i],
  ["a connection string", /\b(?:postgres(?:ql)?|rediss?):\/\//i],
];

/** The passwords that tests give users. */
const passwords = ["correct horse battery", "another horse battery", "a new long password"];

/**
 * What must never stand in a log: the secrets in the environment of a server, with the passwords of its
 * connection strings, as they are.
 */
export function secretsOf(env: Record<string, string | undefined>): string[] {
  const texts = [...passwords];
  for (const [name, value] of Object.entries(env)) {
    if (!value) continue;
    if (/SECRET|TOKEN|PASSWORD/.test(name)) texts.push(value);
    if (name.endsWith("_URL")) texts.push(value, ...passwordsOf(value));
  }
  return texts;
}

function passwordsOf(urls: string): string[] {
  const nodes = urls.split(",").filter((url) => URL.canParse(url));
  return nodes
    .map((url) => decodeURIComponent(new URL(url).password))
    .filter((text) => text !== "");
}

/** The secrets in these lines, each with its line; nothing when all is well. */
export function leaksIn(lines: string[], texts: string[]): string[] {
  return lines.flatMap((line) => {
    const secrets = texts.filter((text) => line.includes(text)).map(() => "a secret of the server");
    const found = patterns.filter(([, pattern]) => pattern.test(line)).map(([what]) => what);
    return [...secrets, ...found].map((what) => `${what}: ${line}`);
  });
}
