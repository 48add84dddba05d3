/**
 * `/views.js`, which forum pages of other origins load: it counts the view of a topic and shows numbers of
 * views. docs/integrating.md says how pages use it. The build bundles this file by itself and minifies it;
 * nothing else imports it.
 */
import { TOPIC_ID_PATTERN } from "~/sync/target";
import type { ManyTopicViews } from "./bodies";

type TopicId = string | number;

interface ForumViews {
  /** Counts a view of a topic, once the page is visible. */
  count(topicId: TopicId, viewer?: { address?: string | null }): Promise<void>;
}

interface PrerenderedDocument extends Document {
  prerendering?: boolean;
}

interface ForumWindow extends Window {
  forumViews?: ForumViews;
  navigation?: EventTarget;
}

/** The most topics that the API answers at once. */
const TOPICS_PER_READ = 200;
/** A page that is being built changes many times; one reading is enough for all of that. */
const READ_DELAY_MS = 100;

const page: PrerenderedDocument = document;
const forum = window as ForumWindow;
const script = page.currentScript as HTMLScriptElement;
const { topic, topicPath } = script.dataset;
const api = new URL("api/v1/forum/", script.src).href;

/** The topic id whose count each element shows or waits for. */
let idsRead = new WeakMap<Element, string>();
/** The request that sends the last view: counts are read after it, so that they include this view. */
let sending: Promise<unknown> = Promise.resolve();
let readTimer = 0;

/** A page may be loaded long before somebody opens it, or without being opened at all. */
async function whenSeen(): Promise<void> {
  while (page.prerendering || page.hidden) {
    const event = page.prerendering ? "prerenderingchange" : "visibilitychange";
    await new Promise((resolve) => page.addEventListener(event, resolve, { once: true }));
  }
}

/** The body is sent as plain text, which needs no preflight. */
async function send(url: string, body: string): Promise<void> {
  try {
    const canOutliveThePage = "fetch" in forum && "keepalive" in Request.prototype;
    if (canOutliveThePage || !navigator.sendBeacon?.(url, body)) {
      await fetch(url, { method: "POST", body, keepalive: true, credentials: "omit" });
    }
  } catch {
    // A view that cannot be counted must not disturb the forum's page.
  }
}

async function count(...[topicId, viewer]: Parameters<ForumViews["count"]>): Promise<void> {
  const address = viewer ? viewer.address : script.dataset.address;
  await whenSeen();
  sending = send(
    `${api}topics/${topicId}/views`,
    JSON.stringify({ address: address || undefined }),
  );
  idsRead = new WeakMap();
  await showNumbers();
}

/** Puts the number of views into every element that asks for one and has not been given it. */
async function showNumbers(): Promise<void> {
  await whenSeen();
  await sending;
  const unread = new Set<string>();
  for (const element of page.querySelectorAll<HTMLElement>("[data-forum-views]")) {
    const topicId = element.dataset.forumViews!;
    // A single malformed id would have the API refuse all of them.
    if (idsRead.get(element) === topicId || !TOPIC_ID_PATTERN.test(topicId)) continue;
    idsRead.set(element, topicId);
    unread.add(topicId);
  }
  const topicIds = [...unread];
  while (topicIds.length > 0) void read(topicIds.splice(0, TOPICS_PER_READ));
}

async function read(topicIds: string[]): Promise<void> {
  try {
    const answer = await fetch(`${api}views?topicIds=${topicIds.join()}`, { credentials: "omit" });
    const { topics } = (await answer.json()) as ManyTopicViews;
    for (const { topicId, uniqueViews } of topics) {
      for (const element of page.querySelectorAll(`[data-forum-views="${topicId}"]`)) {
        element.textContent = uniqueViews.toLocaleString();
      }
    }
  } catch {
    // The elements keep their content.
  }
}

function showNumbersSoon(): void {
  readTimer ||= window.setTimeout(() => {
    readTimer = 0;
    void showNumbers();
  }, READ_DELAY_MS);
}

/** A pattern for paths such as `/forums/:topicId`. What follows the id in an address does not matter. */
function patternOf(topicPath: string): RegExp {
  const source = topicPath
    .replace(/:topicId(\(.+?\))?/, (_, ids = "([\\w-]+)") => ids as string)
    .replace(/:\w+/g, "[^/]+");
  return new RegExp(`^${source}(/|$)`);
}

/** Counts the topic that the page's address names, and again whenever the address names another one. */
function countByPath(pattern: RegExp): void {
  let counted: string | undefined;
  const look = () => {
    void whenSeen().then(() => {
      const topicId = pattern.exec(location.pathname)?.[1];
      if (topicId === counted) return;
      counted = topicId;
      if (topicId) void count(topicId);
    });
  };
  if (forum.navigation) {
    forum.navigation.addEventListener("currententrychange", look);
  } else {
    for (const method of ["pushState", "replaceState"] as const) {
      const change = history[method].bind(history);
      history[method] = (...args) => {
        change(...args);
        look();
      };
    }
    addEventListener("popstate", look);
  }
  // A page that comes back from the browser's cache may have another address than when it was left.
  addEventListener("pageshow", look);
  look();
}

if (forum.forumViews) {
  // Some libraries replace a page's content and run the scripts in it again.
  if (topic) void forum.forumViews.count(topic, script.dataset);
} else {
  forum.forumViews = { count };
  if (topic) void count(topic);
  if (topicPath) countByPath(patternOf(topicPath));
  new MutationObserver(showNumbersSoon).observe(page, {
    subtree: true,
    childList: true,
    attributeFilter: ["data-forum-views"],
  });
  showNumbersSoon();
}
