import fc from "fast-check";
import { gzipSync } from "node:zlib";
import { oddHeaderValue, oddText } from "./odd-texts";

export interface Body {
  contentType: string | undefined;
  contentEncoding?: string;
  bytes: Buffer;
}

/** The limits of bodies, and one byte less and more. */
const sizes = [4_096, 16 * 1_024, 1_024 * 1_024].flatMap((limit) => [limit - 1, limit, limit + 1]);

const fields = [
  ...["intent", "target", "why", "scope", "email", "password", "id", "role", "theme", "page"],
  ...["currentPassword", "repeated", "q", "state", "sort", "dir", "size", "reason", "address"],
  ...["__proto__", "__proto__.polluted", "constructor[prototype][polluted]", "email[0]", "id.x"],
];
const fieldName = fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...fields) }, oddText);
const fieldValue = fc.oneof(
  { weight: 3, arbitrary: oddText },
  fc.constantFrom("ada@example.org", "a-long-enough-password", "dark", "/admin/runs", "matching"),
);
const entries = fc.array(fc.tuple(fieldName, fieldValue), { maxLength: 8 });

const urlEncoded = "application/x-www-form-urlencoded";

export function formBody(pairs: Array<[string, string]>): Body {
  const wellFormed = pairs.map((pair) => pair.map((text) => Buffer.from(text).toString()));
  const bytes = Buffer.from(new URLSearchParams(wellFormed as Array<[string, string]>).toString());
  return { contentType: urlEncoded, bytes };
}

function multipart(pairs: Array<[string, string]>, isFile: boolean): Body {
  const parts = pairs.map(([name, value]) => {
    const file = isFile ? `; filename="${name}.png"\r\nContent-Type: image/png` : "";
    return `--frontier\r\nContent-Disposition: form-data; name="${name}"${file}\r\n\r\n${value}\r\n`;
  });
  const bytes = Buffer.from(`${parts.join("")}--frontier--\r\n`);
  return { contentType: "multipart/form-data; boundary=frontier", bytes };
}

const forms = fc.oneof(
  entries.map(formBody),
  fc.tuple(entries, fc.boolean()).map(([pairs, isFile]) => multipart(pairs, isFile)),
);

const json = (text: string): Body => ({
  contentType: "application/json",
  bytes: Buffer.from(text),
});
const address = `0x${"ab".repeat(20)}`;

const jsonTexts = fc.oneof(
  fc.constantFrom(
    ...["{", "[]", "7", "null", '"', "{}", " ", "NaN", '{"address":null}', '{"address":{}}'],
    `{"address":"${address}"}`,
    `{"address":"${address.toUpperCase()}"}`,
    `{"address":"${address}","address":7}`,
    `{"__proto__":{"address":"${address}"},"constructor":{"prototype":{"polluted":1}}}`,
    `${"[".repeat(2_000)}${"]".repeat(2_000)}`,
    `${'{"a":'.repeat(900)}1`,
    `\ufeff{"address":"${address}"}`,
  ),
  fc.json(),
  oddText.map((text) => JSON.stringify({ address: text })),
);

const sized = fc
  .tuple(fc.constantFrom(...sizes), fc.constantFrom("{", " ", "a=", "\u0000", "--frontier\r\n"))
  .map(([size, fill]): Body => {
    return { contentType: urlEncoded, bytes: Buffer.alloc(size, fill) };
  });

const spoiled = fc.tuple(forms, fc.nat(), fc.nat(255)).map(([form, at, byte]): Body => {
  const bytes = Buffer.from(form.bytes);
  if (bytes.length > 0) bytes[at % bytes.length] = byte;
  return { ...form, bytes: at % 3 === 0 ? bytes.subarray(0, at % (bytes.length + 1)) : bytes };
});

const contentType = fc.oneof(
  fc.constantFrom(
    ...[undefined, urlEncoded, "application/json", "text/plain;charset=UTF-8", "text/html"],
    ...["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=x"],
    ...["application/x-www-form-urlencoded; charset=utf-16", "multipart/mixed; boundary=frontier"],
  ),
  oddHeaderValue,
);

const compressed = forms.map((form): Body => {
  return { ...form, bytes: gzipSync(form.bytes), contentEncoding: "gzip" };
});

export const oddBody: fc.Arbitrary<Body> = fc.oneof(
  { weight: 6, arbitrary: jsonTexts.map(json) },
  { weight: 6, arbitrary: forms },
  { weight: 3, arbitrary: spoiled },
  {
    weight: 3,
    arbitrary: fc.tuple(fc.oneof(forms, jsonTexts.map(json)), contentType).map(([body, type]) => {
      return { ...body, contentType: type };
    }),
  },
  { weight: 1, arbitrary: compressed },
  { weight: 1, arbitrary: sized },
  {
    weight: 1,
    arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes): Body => {
      return { contentType: undefined, bytes: Buffer.from(bytes) };
    }),
  },
);

const intents = [
  ...["flush", "retry", "discard", "keep-overlay", "discard-overlay"],
  ...["create", "disable", "enable", "role", "password", "everywhere"],
];

/** A form with an intent of the dashboard's, and garbage in every other field. */
export const adminForm: fc.Arbitrary<Body> = fc
  .tuple(
    fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...intents) },
      { weight: 1, arbitrary: oddText },
    ),
    fc.array(fc.tuple(fc.constantFrom(...fields), fieldValue), { maxLength: 10 }),
  )
  .map(([intent, pairs]) => formBody([["intent", intent], ...pairs]));
