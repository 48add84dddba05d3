/** What an API token may be allowed to do. */
export const API_SCOPES = ["sync", "cleanup", "views:write", "topics:write", "stats:read"] as const;
export type ApiScope = (typeof API_SCOPES)[number];

export const scopeTexts: Record<ApiScope, string> = {
  sync: "Start syncs",
  cleanup: "Start cleanups",
  "views:write": "Count views on behalf of visitors",
  "topics:write": "Write titles and categories of topics",
  "stats:read": "Read statistics",
};
