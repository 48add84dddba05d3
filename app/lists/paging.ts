/** The place of a page in its list. */
export interface PageInfo {
  /** Rows that match, on all pages. */
  total: number;
  /** Set where more match than `total`, so many that they were not counted. */
  hasMore?: boolean;
  /** The page shown, from 1: the last one if the URL asks for a later page. */
  page: number;
  pages: number;
  pageSize: number;
  /** The number of rows before the page. */
  offset: number;
}

/** Which rows are on a page. */
export type Slice = Pick<PageInfo, "offset" | "pageSize">;

/** `reachable` is how many of the rows can be paged to; all of them when undefined. */
export function pageInfo(
  total: number,
  wanted: { page: number; pageSize: number },
  reachable = total,
): PageInfo {
  const { pageSize } = wanted;
  const pages = Math.max(1, Math.ceil(Math.min(total, reachable) / pageSize));
  const page = Math.min(wanted.page, pages);
  return { total, page, pages, pageSize, offset: (page - 1) * pageSize };
}
