import http from "node:http";
import type { AddressInfo } from "node:net";

const PAGE = 30;

export type Discourse = Awaited<ReturnType<typeof startDiscourse>>;

interface Instead {
  status?: number;
  headers?: Record<string, string>;
  body?: string;
}

/** Answers like a Discourse with so many topics, every tenth of them unlisted, to clients with the key. */
export async function startDiscourse({ topics, key }: { topics: number; key?: string }) {
  const titles = Array.from({ length: topics }, (_, index) => `Topic number ${index + 1}`);
  /** The pages that were asked for, by their path and query. */
  const asked: string[] = [];
  const instead: Array<Instead & { part: string }> = [];

  const categories = {
    category_list: {
      categories: [
        { id: 1, name: "Meta", subcategory_list: [{ id: 3, name: "Site feedback" }] },
        { id: 2, name: "Treasury" },
      ],
    },
  };

  function page(number: number) {
    const start = number * PAGE;
    const ofPage = titles.slice(start, start + PAGE).map((title, index) => ({
      id: start + index + 1,
      title,
      fancy_title: `<b>${title}</b>`,
      slug: `topic-${start + index + 1}`,
      category_id: ((start + index) % 3) + 1,
      created_at: new Date(Date.UTC(2026, 0, 1, 0, start + index, 0, 123)).toISOString(),
      visible: (start + index + 1) % 10 !== 0,
    }));
    const more = start + PAGE < topics ? { more_topics_url: `/latest?page=${number + 1}` } : {};
    return { topic_list: { ...more, per_page: PAGE, topics: ofPage } };
  }

  const server = http.createServer((request, response) => {
    const url = new URL(request.url ?? "", "http://discourse.test");
    asked.push(url.pathname + url.search);
    const place = instead.findIndex(({ part }) => asked.at(-1)!.includes(part));
    if (place >= 0) {
      const { status = 200, headers = {}, body = "" } = instead.splice(place, 1)[0]!;
      return response.writeHead(status, headers).end(body);
    }
    if (key !== undefined && request.headers["api-key"] !== key)
      return response.writeHead(403).end();
    const answers = new Map<string, unknown>([
      ["/categories.json", categories],
      ["/latest.json", page(Number(url.searchParams.get("page") ?? 0))],
    ]);
    const answer = answers.get(url.pathname);
    response.writeHead(answer ? 200 : 404, { "Content-Type": "application/json" });
    return response.end(JSON.stringify(answer ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    /** Sets the answer to the next request whose path and query contain this text. */
    once: (part: string, answer: Instead) => void instead.push({ part, ...answer }),
    setTitle: (id: number, title: string) => void (titles[id - 1] = title),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
