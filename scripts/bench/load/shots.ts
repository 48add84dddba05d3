/** One HTTP request of a load. */
export interface Shot {
  method: "GET" | "POST";
  path: string;
  headers: Record<string, string>;
  body?: string;
}

const headers = {
  "user-agent":
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36",
};
/** The number of viewed topics; a few of them get most of the views. */
export const busyTopics = 10_000;
const batchSize = 200;

/** Different in every process that sends views for the same DAO. */
const addressPrefix = Math.random().toString(16).slice(2, 10).padEnd(8, "0");
let viewers = 0;

/** Somebody new with every call, so that every view is counted and no client meets the rate limit. */
export function newView(): Shot {
  viewers += 1;
  const ip = `10.${(viewers >> 16) & 255}.${(viewers >> 8) & 255}.${viewers & 255}`;
  const address = `0x${addressPrefix}${viewers.toString(16).padStart(32, "0")}`;
  return {
    method: "POST",
    path: `/api/v1/forum/topics/${busyTopic()}/views`,
    headers: { ...headers, "x-forwarded-for": ip, "content-type": "application/json" },
    body: JSON.stringify({ address }),
  };
}

export function singleRead(): Shot {
  return { method: "GET", path: `/api/v1/forum/topics/${busyTopic()}/views`, headers };
}

/** 200 topics that are neighbours in a list. */
export function batchRead(): Shot {
  const first = Math.min(busyTopic(), busyTopics - batchSize);
  const topicIds = Array.from({ length: batchSize }, (_, index) => first + index).join(",");
  return { method: "GET", path: `/api/v1/forum/views?topicIds=${topicIds}`, headers };
}

function busyTopic(): number {
  return 1 + Math.floor(busyTopics * Math.random() ** 3);
}
