/** One HTTP request of a load. */
export interface Shot {
  method: "GET" | "POST";
  path: string;
  headers: Record<string, string>;
  body?: string;
}

const userAgent =
  "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36";
/** The number of viewed topics; a few of them get most of the views. */
export const busyTopics = 10_000;
const batchSize = 200;

/** Somebody new with every call, so that every view is counted and no client meets the rate limit. */
export function newViews(): () => Shot {
  let viewers = 0;
  return () => {
    viewers += 1;
    const ip = `10.${(viewers >> 16) & 255}.${(viewers >> 8) & 255}.${viewers & 255}`;
    return {
      method: "POST",
      path: `/api/v1/forum/topics/${busyTopic()}/views`,
      headers: {
        "user-agent": userAgent,
        "x-forwarded-for": ip,
        "content-type": "application/json",
      },
      body: JSON.stringify({ address: address(viewers) }),
    };
  };
}

export function singleRead(): Shot {
  const path = `/api/v1/forum/topics/${busyTopic()}/views`;
  return { method: "GET", path, headers: { "user-agent": userAgent } };
}

/** 200 topics that are neighbours in a list. */
export function batchRead(): Shot {
  const first = Math.min(busyTopic(), busyTopics - batchSize);
  const topicIds = Array.from({ length: batchSize }, (_, index) => first + index).join(",");
  const path = `/api/v1/forum/views?topicIds=${topicIds}`;
  return { method: "GET", path, headers: { "user-agent": userAgent } };
}

function busyTopic(): number {
  return 1 + Math.floor(busyTopics * Math.random() ** 3);
}

/** Different in every process that sends views for the same DAO. */
const addressPrefix = Math.random().toString(16).slice(2, 10).padEnd(8, "0");

function address(number: number): string {
  return `0x${addressPrefix}${number.toString(16).padStart(32, "0")}`;
}
