import { expect, it } from "vitest";
import { searchLink } from "./search-params";

const current = new URLSearchParams("q=12&errorsPage=3&page=2");

it.each([
  [{ q: "7" }, "?q=7"],
  [{ q: null }, ""],
  [{ sort: "views", dir: "asc" }, "?q=12&sort=views&dir=asc"],
  [{ page: 4 }, "?q=12&errorsPage=3&page=4"],
  [{ errorsPage: null }, "?q=12&page=2"],
])("changes %j", (changes, search) => {
  expect(searchLink(current, changes)).toEqual({ search });
});
