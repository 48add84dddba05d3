import { describe, expect, test } from "vitest";
import { emailSchema, newPasswordSchema, newUserSchema, signInSchema } from "./credentials.server";

function problem(result: { error?: { issues: Array<{ message: string }> } | undefined }) {
  return result.error?.issues[0]?.message;
}

describe("an e-mail address", () => {
  test("is trimmed and lower-cased", () => {
    expect(emailSchema.parse("  Ada.Lovelace@Example.ORG ")).toBe("ada.lovelace@example.org");
  });

  test.each([undefined, "", "   "])("%j is missing", (email) => {
    expect(problem(emailSchema.safeParse(email))).toBe("Enter an e-mail address");
  });

  test.each(["ada", "ada@", "@example.org", "a b@example.org", "ada@example.org\u0000"])(
    "%j is none",
    (email) => {
      expect(problem(emailSchema.safeParse(email))).toContain("name@example.org");
    },
  );

  test("has a limit", () => {
    expect(problem(emailSchema.safeParse(`${"a".repeat(320)}@example.org`))).toContain("320");
  });
});

describe("a new password", () => {
  test.each(["twelve chars", "            ", "🔒".repeat(12), "a".repeat(200)])(
    "%j will do",
    (password) => {
      expect(newPasswordSchema.parse(password)).toBe(password);
    },
  );

  test.each([
    ["eleven char", "at least 12"],
    ["a".repeat(201), "at most 200"],
    [undefined, "Enter a password"],
  ])("%j will not", (password, message) => {
    expect(problem(newPasswordSchema.safeParse(password))).toContain(message);
  });
});

test("a given password may be one that no rule of today would allow", () => {
  const given = { email: "ada@example.org", password: "short" };
  expect(signInSchema.parse(given)).toEqual(given);
});

test("every problem of a new user has the name of its field", () => {
  const { error } = newUserSchema.safeParse({ email: "x", role: "owner", password: "short" });
  expect(error?.issues.map(({ path }) => path[0])).toEqual(["email", "role", "password"]);
});
