import { describe, expect, it } from "vitest";
import { listDefaults, listSearch, parseExactListParams, parseListParams } from "./list-search";

function parsed(query: string) {
  return parseListParams("pending", new URLSearchParams(query));
}

describe("parseListParams", () => {
  it("shows the first page of everything when the URL says nothing", () => {
    const firstPage = { page: 1, pageSize: 50 };
    const always = { from: "", to: "" };
    expect(listDefaults).toEqual({
      pending: { search: "", place: "waiting", direction: "desc", ...firstPage },
      topics: { search: "", category: "", ...firstPage },
      runs: { status: "all", trigger: "all", empty: "show", ...always, ...firstPage },
      run: { reason: "", errorsPage: 1, targetsPage: 1, pageSize: 50 },
      failures: {
        ...{ search: "", reason: "", state: "all", sort: "lastSeen", direction: "desc" },
        ...always,
        ...firstPage,
      },
      audit: { topic: "", actor: "", action: "all", ...always, ...firstPage },
    });
  });

  it("reads what the URL says", () => {
    expect(parsed("q=%2012%20&place=batch&dir=asc&page=3&size=200")).toEqual({
      search: "12",
      place: "batch",
      direction: "asc",
      page: 3,
      pageSize: 200,
    });
  });

  it.each([
    "page=0",
    "page=-1",
    "page=1.5",
    "page=abc",
    "page=1e99",
    "page=",
    "size=51",
    "size=",
    "place=all",
    "dir=down",
    "q=%00",
    `q=${"1".repeat(301)}`,
    "other=1",
  ])("falls back for %s", (query) => {
    expect(parsed(query)).toEqual(listDefaults.pending);
  });

  it("reads a form that carries the filter", () => {
    const form = new FormData();
    form.set("q", "7");
    form.set("place", "batch");
    form.append("target", "forum_topic:1");
    expect(parseListParams("pending", form)).toMatchObject({ search: "7", place: "batch" });
  });
});

describe("parseExactListParams", () => {
  it("is what the list would send", () => {
    const query = new URLSearchParams("q=12&state=failing&dir=asc&status=");
    expect(parseExactListParams("failures", query)).toEqual(parseListParams("failures", query));
  });

  it.each(["state=waitin", `q=${"1".repeat(301)}`, "q=%00", "state=parked&state=all", "page=x"])(
    "refuses %s, which would match more than was asked for",
    (query) => {
      expect(parseExactListParams("failures", new URLSearchParams(query))).toBeUndefined();
    },
  );
});

describe("listSearch", () => {
  const params = parsed("q=a%26b&place=batch&page=4&size=100");

  it("leaves out what is as by default, and is read back as it was", () => {
    const search = listSearch("pending", params);
    expect(search).toBe("?q=a%26b&place=batch&page=4&size=100");
    expect(parsed(search.slice(1))).toEqual(params);
    expect(listSearch("pending", listDefaults.pending)).toBe("");
  });

  it("leads to another page with the same filter", () => {
    expect(parsed(listSearch("pending", params, { page: 5 }).slice(1))).toEqual({
      ...params,
      page: 5,
    });
  });

  it("leads to the first page of another filter", () => {
    const search = listSearch("pending", params, { place: "waiting" });
    expect(parsed(search.slice(1))).toEqual({ ...params, place: "waiting", page: 1 });
  });
});
