import fc from "fast-check";

/** Texts that have broken parsers, encoders, databases and file systems before. */
const notorious = [
  ...["", " ", ".", "..", "../..", "/", "//evil.test", "\\", "/\\evil.test", "~", "*", "%", "%%"],
  ...["%00", "%0", "%zz", "%2e%2e%2f", "%252e%252e", "%c0%ae", "%E0%A4%A", "%ff", "%ud800", "%5c"],
  ...["%0d%0aSet-Cookie:%20a=b", "a\u0000b", "\u0000", "\u0007", "\u007f", "\ufeff", "\u202e"],
  ...["\ud800", "\udfff", "é", "e\u0301", "\u2603", "\u{1f4a9}", "ﷺ".repeat(40), "ſ", "İ"],
  ...["null", "undefined", "NaN", "Infinity", "-Infinity", "true", "[object Object]", "-0"],
  ...["0", "-1", "1e309", "1.5", "0x10", "9007199254740993", "9".repeat(40), "2147483648"],
  ...[
    "__proto__",
    "constructor",
    "prototype",
    "toString",
    "hasOwnProperty",
    "then",
    "__proto__[a]",
  ],
  ...[
    "a[b][c]",
    "a[99999999]",
    "a.b.c.d",
    "a[]",
    "[",
    "]",
    "(",
    ")",
    "{",
    "}",
    "{{7*7}}",
    "${7*7}",
  ],
  ...["' OR '1'='1", "'; --", '"', "`", "$1", "?", "#", "&", "=", ";", ",", "a,b", ":", "@", "|"],
  ...["<script>alert(1)</script>", '"><img src=x>', "javascript:alert(1)", "data:text/html,x"],
  ...["http://evil.test/", "https://user:pass@evil.test", "file:///etc/passwd", "=1+1", "@SUM(1)"],
  ...["forum_topic:1", "topic:1", "forum_topic:", "admin", "operator", "flush", "discard", "retry"],
];

const repeated = fc
  .tuple(
    fc.constantFrom("a", "%41", "é", "../", "[", "a=1&", "\u{1f4a9}"),
    fc.integer({ min: 1, max: 9 }),
  )
  .map(([text, power]) => text.repeat(2 ** power));

export const oddText: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...notorious) },
  { weight: 2, arbitrary: fc.string({ unit: "binary", maxLength: 40 }) },
  { weight: 1, arbitrary: fc.string({ maxLength: 200 }) },
  { weight: 1, arbitrary: repeated },
);

/** The same for a request line: without characters that would end it. */
export const oddUrlText: fc.Arbitrary<string> = fc
  .tuple(oddText, fc.boolean())
  .map(([text, isEncoded]) =>
    isEncoded ? encodeLoosely(text) : text.replace(/[\s\p{Cc}]/gu, "+"),
  );

/** Like encodeURIComponent, but without an error for lone surrogates. */
function encodeLoosely(text: string): string {
  return encodeURIComponent(Buffer.from(text).toString());
}

/** A header's value: anything but what ends it. */
export const oddHeaderValue: fc.Arbitrary<string> = oddText.map((text) =>
  text.replace(/[\r\n\0]/g, " "),
);
