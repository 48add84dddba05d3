import { setTimeout } from "node:timers/promises";
import { z } from "zod";
import type { SourcePage } from "./write-topics";

interface Category {
  id: number;
  name: string;
  subcategory_list?: Category[] | null | undefined;
}

const categorySchema: z.ZodType<Category> = z.object({
  id: z.number(),
  name: z.string(),
  get subcategory_list() {
    return z.array(categorySchema).nullish();
  },
});

const categoriesSchema = z.object({
  category_list: z.object({ categories: z.array(categorySchema) }),
});

const latestSchema = z.object({
  topic_list: z.object({
    more_topics_url: z.string().nullish(),
    topics: z.array(
      z.object({
        id: z.number(),
        title: z.string(),
        slug: z.string().nullish(),
        category_id: z.number().nullish(),
        created_at: z.string().nullish(),
        visible: z.boolean().nullish(),
      }),
    ),
  }),
});

const ANSWER_TIMEOUT_MS = 30_000;
/** How often one page is requested again after the rate limit was hit, and the longest wait each time. */
const MOST_WAITS = 10;
const LONGEST_WAIT_SECONDS = 300;
const USUAL_WAIT_SECONDS = 10;

export interface DiscourseOptions {
  /** The forum's address, with the path if it has one. */
  address: string;
  /** For forums that can only be read by people who are signed in. */
  apiKey: string | undefined;
}

/**
 * All topics, in the order of their creation, so that a topic created meanwhile moves none to another page.
 */
export async function* fromDiscourse(options: DiscourseOptions): AsyncGenerator<SourcePage> {
  const base = options.address.replace(/\/+$/, "");
  const { category_list } = await read(
    `${base}/categories.json?include_subcategories=true`,
    options,
    categoriesSchema,
  );
  const names = new Map(
    category_list.categories.flatMap(withSubcategories).map(({ id, name }) => [id, name]),
  );
  for (let page = 0; ; page += 1) {
    const { topic_list } = await read(
      `${base}/latest.json?order=created&ascending=true&page=${page}`,
      options,
      latestSchema,
    );
    yield {
      topics: topic_list.topics.map((topic) => ({
        topicId: String(topic.id),
        title: topic.title,
        url: `${base}/t/${topic.slug ? `${topic.slug}/` : ""}${topic.id}`,
        category: names.get(topic.category_id ?? NaN),
        createdAt: topic.created_at,
        hidden: topic.visible === false,
      })),
      nameOf: (index) => `topic ${topic_list.topics[index]?.id}`,
    };
    if (topic_list.topics.length === 0 || !topic_list.more_topics_url) return;
  }
}

function withSubcategories(category: Category): Category[] {
  return [category, ...(category.subcategory_list ?? []).flatMap(withSubcategories)];
}

/**
 * Waits as long as the forum says when the rate limit is hit. @throws Error with a plain sentence about the
 * answer
 */
async function read<T>(
  url: string,
  { apiKey }: DiscourseOptions,
  schema: z.ZodType<T>,
): Promise<T> {
  const headers = { Accept: "application/json", ...(apiKey ? { "Api-Key": apiKey } : {}) };
  for (let waits = 0; ; waits += 1) {
    const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
    // Following a redirect would send the key to another place.
    const response = await fetch(url, { headers, signal, redirect: "manual" }).catch(
      (error: Error) => {
        const { cause } = error;
        throw new Error(
          `${url} cannot be reached: ${cause instanceof Error ? cause.message : error.message}`,
        );
      },
    );
    if (response.status === 429 && waits < MOST_WAITS) {
      const seconds = Number(response.headers.get("Retry-After") ?? USUAL_WAIT_SECONDS);
      if (seconds > LONGEST_WAIT_SECONDS)
        throw new Error(`${url} asks to wait for ${seconds} seconds`);
      await response.body?.cancel();
      await setTimeout(1_000 * (Number.isNaN(seconds) ? USUAL_WAIT_SECONDS : seconds));
      continue;
    }
    const location = response.headers.get("Location");
    if (location) throw new Error(`${url} leads to ${location}: give that address`);
    if (!response.ok) throw new Error(`${url} answered ${response.status}`);
    return parseAnswer(url, await response.text().catch(() => ""), schema);
  }
}

function parseAnswer<T>(url: string, text: string, schema: z.ZodType<T>): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error(`${url} did not answer with whole JSON`);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Error(
    `${url} does not answer as a Discourse does: ${issue?.path.join(".")} ${issue?.message}`,
  );
}
