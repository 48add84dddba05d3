import { describe, expect, it } from "vitest";
import { pageInfo } from "./paging";

describe("pageInfo", () => {
  it("knows how many pages there are", () => {
    expect(pageInfo(101, { page: 2, pageSize: 50 })).toEqual({
      total: 101,
      page: 2,
      pages: 3,
      pageSize: 50,
      offset: 50,
    });
  });

  it("shows the last page for one behind it", () => {
    expect(pageInfo(101, { page: 9, pageSize: 50 })).toMatchObject({ page: 3, offset: 100 });
  });

  it("has one page when there is nothing", () => {
    expect(pageInfo(0, { page: 2, pageSize: 50 })).toMatchObject({ page: 1, pages: 1, offset: 0 });
  });

  it("ends where rows cannot be reached", () => {
    expect(pageInfo(1_000_000, { page: 300, pageSize: 50 }, 10_000)).toMatchObject({
      total: 1_000_000,
      page: 200,
      pages: 200,
    });
  });
});
