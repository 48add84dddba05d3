import type { Operation } from "./operation";

const commands = {
  get: "curl",
  post: "curl -X POST",
  // Its answer is in the headers.
  options: "curl -i -X OPTIONS",
};

const secrets = { cronSecret: "$CRON_SECRET", metricsToken: "$METRICS_TOKEN" };

/** A call of the operation with curl, for a POSIX shell; what may be left out is left out, but for a body. */
export function curlLine(operation: Operation, origin: string): string {
  const { method, security, requestBody, parameters = [] } = operation;
  const headers = parameters.filter((parameter) => parameter.in === "header" && parameter.required);
  const json = requestBody?.["application/json"];
  const parts = [
    `${commands[method]} "${origin}${pathOf(operation)}"`,
    ...(security ? [`-H "Authorization: Bearer ${secrets[security]}"`] : []),
    ...headers.map(({ name, example }) => `-H "${name}: ${example}"`),
    ...(json
      ? [`-H "Content-Type: application/json"`, `-d '${JSON.stringify(json.example)}'`]
      : []),
  ];
  return parts.join(" \\\n  ");
}

/** The operation's path with the examples of its required parameters. */
function pathOf({ path, parameters = [] }: Operation): string {
  let filled = path;
  const query: string[] = [];
  for (const parameter of parameters) {
    if (parameter.in === "path") filled = filled.replace(`{${parameter.name}}`, parameter.example);
    if (parameter.in === "query" && parameter.required) {
      query.push(`${parameter.name}=${parameter.example}`);
    }
  }
  return query.length > 0 ? `${filled}?${query.join("&")}` : filled;
}
