import { describe, expect, test } from "vitest";
import { loginPath, safeRedirectTo } from "./redirect-to";

describe("where to go after signing in", () => {
  test.each([
    "/admin",
    "/admin/",
    "/admin/runs/42",
    "/admin/pending?q=12&sort=-pending",
    "/admin?range=30d#views",
  ])("%s is followed", (wished) => {
    expect(safeRedirectTo(wished)).toBe(wished);
  });

  test.each([
    ["nothing", null],
    ["an empty text", ""],
    ["another site", "https://evil.example/admin"],
    ["another site without a scheme", "//evil.example/admin"],
    ["another site behind our path", "/admin//evil.example"],
    ["a backslash", "/\\evil.example"],
    ["a backslash behind our path", "/admin\\..\\..\\evil.example"],
    ["a line break", "/admin\r\nSet-Cookie: a=b"],
    ["a tab that browsers drop", "/\t/evil.example"],
    ["a script", "javascript:alert(1)"],
    ["a page outside", "/login"],
    ["a path without its slash", "admin/runs"],
    ["a page that only begins alike", "/administrator"],
    ["a way out", "/admin/../healthz"],
    ["an encoded way out", "/admin/%2e%2e/healthz"],
    ["something endless", `/admin?q=${"a".repeat(2_000)}`],
  ])("%s leads to the start", (_name, wished) => {
    expect(safeRedirectTo(wished)).toBe("/admin");
  });

  test("a file is no path", () => {
    expect(safeRedirectTo(new File([], "/admin/runs"))).toBe("/admin");
  });
});

describe("the way to the sign-in page", () => {
  const path = (url: string, method = "GET") => loginPath(new Request(url, { method }));

  test("leads back to the page asked for", () => {
    expect(path("http://app.example/admin/runs?status=failed")).toBe(
      "/login?redirectTo=%2Fadmin%2Fruns%3Fstatus%3Dfailed",
    );
  });

  test("says nothing about the start page", () => {
    expect(path("http://app.example/admin")).toBe("/login");
  });

  test("leads back to the page of a form, without what was posted", () => {
    expect(path("http://app.example/admin/users?index", "POST")).toBe(
      "/login?redirectTo=%2Fadmin%2Fusers",
    );
  });
});
