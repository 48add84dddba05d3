import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { describe, expect, test } from "vitest";
import { walletIdentity } from "~/accounts/identities";
import { action } from "~/routes/login_.wallet";
import { startAccounts, testOrigin } from "../helpers/accounts";
import { testDaoSlug } from "../helpers/dao-slug";
import { forAllTests, useServers } from "../helpers/use-servers";

const use = useServers();
const daoSlug = testDaoSlug();
const app = forAllTests(() => startAccounts({ ...use.urls, daoSlug }));

/** What an RPC endpoint answers, which a test sets; undefined means that the endpoint hangs. */
let answerOfChain: (method: string) => unknown = () => undefined;

async function startFakeChain() {
  const server = http.createServer((request, response) => {
    void json(request).then((body) => {
      const { id, method } = body as { id: number; method: string };
      const result = answerOfChain(method);
      if (result === undefined) return;
      const isRaw = typeof result === "string" && result.startsWith("raw:");
      response.setHeader("Content-Type", "application/json");
      response.end(isRaw ? result : JSON.stringify({ jsonrpc: "2.0", id, result }));
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}
const chain = forAllTests(startFakeChain);
/** A second process of the same deployment, which asks a chain. */
const withChain = forAllTests(() =>
  startAccounts({
    ...use.urls,
    daoSlug,
    env: { WALLET_CHAIN_ID: 10, WALLET_RPC_URL: chain.url },
  }),
);

let clients = 0;
/** Each client has an address in another network, so that no test uses up another one's attempts. */
const newIp = () => `198.51.${Math.floor((clients += 1) / 250)}.${clients % 250}`;

async function invited(role: "operator" | "admin" = "operator") {
  const account = privateKeyToAccount(generatePrivateKey());
  await app.users.create("tests", { address: account.address, role });
  return account;
}

async function begin(address: string, of = app) {
  const begun = await of.walletSignIn.begin(address, newIp());
  if (begun.kind !== "challenge") throw new Error(begun.kind);
  return begun;
}

type Change = (message: string) => string;

/**
 * A whole sign-in. Where the signed message is changed, the signature does not fit the server's own one.
 */
async function enter(
  account: Awaited<ReturnType<typeof invited>>,
  { change = (message) => message, of = app }: { change?: Change; of?: typeof app } = {},
) {
  const { nonce, message } = await begin(account.address, of);
  const signature = await account.signMessage({ message: change(message) });
  return of.walletSignIn.finish({ nonce, signature }, {});
}

test("a wallet that is invited signs in, and its address is who it is", async () => {
  const account = await invited("admin");
  const { nonce, message } = await begin(account.address.toLowerCase());
  expect(message).toContain(
    `forum.test wants you to sign in with your Ethereum account:\n${account.address}\n`,
  );
  expect(message).toContain(`URI: ${testOrigin}/login\nVersion: 1\nChain ID: 1\nNonce: ${nonce}\n`);
  const signature = await account.signMessage({ message });
  const result = await app.walletSignIn.finish({ nonce, signature }, {});
  const token = result.kind === "signed-in" ? result.token : "";
  expect(await app.sessions.find(token)).toMatchObject({ name: account.address, role: "admin" });
  const { entries } = await app.audit.list({ actor: account.address, page: 1, pageSize: 5 });
  expect(entries).toMatchObject([{ action: "sign-in", actor: account.address }]);
});

describe("a signature is refused over a message", () => {
  test.each<[string, Change]>([
    ["of another domain", (text) => text.replace("forum.test wants", "evil.example wants")],
    [
      "of another URI",
      (text) => text.replace("URI: http://forum.test", "URI: http://evil.example"),
    ],
    ["of another chain", (text) => text.replace("Chain ID: 1", "Chain ID: 137")],
    ["with another nonce", (text) => text.replace(/Nonce: ./, "Nonce: g")],
    ["of another address", (text) => text.replace(/0x[0-9a-fA-F]{40}/, `0x${"1".repeat(40)}`)],
    [
      "that is valid for longer",
      (text) => text.replace(/Expiration Time: 20/, "Expiration Time: 30"),
    ],
    ["with an extra line", (text) => `${text}\nResources:\n- https://evil.example`],
    ["with a line feed at the end", (text) => `${text}\n`],
  ])("%s", async (_name, change) => {
    const account = await invited();
    expect((await enter(account)).kind).toBe("signed-in");
    expect((await enter(account, { change })).kind).toBe("wrong-signature");
  });
});

test("a message is good for one sign-in, also when two come at once", async () => {
  const account = await invited();
  const { nonce, message } = await begin(account.address);
  const signature = await account.signMessage({ message });
  const finish = () => app.walletSignIn.finish({ nonce, signature }, {});
  const results = await Promise.all([finish(), finish(), finish()]);
  expect(results.map(({ kind }) => kind).sort()).toEqual(["expired", "expired", "signed-in"]);
  expect(await finish()).toEqual({ kind: "expired" });
});

test("a message that is too old is refused, whatever Redis keeps", async () => {
  const account = await invited();
  const { nonce, message } = await begin(account.address);
  const keys = await app.redis.keys(`*${nonce}`);
  const kept = JSON.parse((await app.redis.get(keys[0]!))!) as object;
  await app.redis.set(keys[0]!, JSON.stringify({ ...kept, until: Date.now() - 1 }));
  const signature = await account.signMessage({ message });
  expect(await app.walletSignIn.finish({ nonce, signature }, {})).toEqual({ kind: "expired" });
});

test.each([
  ["nothing", "0x"],
  ["too little", "0x1234"],
  ["no hex", "signed"],
  ["zeros", `0x${"0".repeat(130)}`],
])("%s is no signature", async (_name, signature) => {
  const account = await invited();
  for (const of of [app, withChain]) {
    answerOfChain = (method) => (method === "eth_chainId" ? "0xa" : "0x");
    const { nonce } = await begin(account.address, of);
    expect(await of.walletSignIn.finish({ nonce, signature }, {})).toMatchObject({
      kind: "wrong-signature",
    });
  }
});

test("nobody gets in who is not invited, is disabled, or has lost the address", async () => {
  const stranger = privateKeyToAccount(generatePrivateKey());
  expect(await enter(stranger)).toEqual({ kind: "not-invited", address: stranger.address });

  const account = await invited();
  const entered = await enter(account);
  const { id } = (await app.users.findByIdentity(walletIdentity(account.address)))!;
  await app.users.disable("tests", id);
  expect((await enter(account)).kind).toBe("not-invited");
  await app.users.enable("tests", id);

  // The only way in stays; with a second one, the first can be taken away, and its sessions end.
  const identity = walletIdentity(account.address);
  expect((await app.users.removeIdentity("tests", id, identity)).kind).toBe("only-door");
  const second = privateKeyToAccount(generatePrivateKey());
  expect(await app.users.addIdentity("tests", id, walletIdentity(second.address))).toMatchObject({
    kind: "changed",
  });
  const again = await enter(account);
  expect((await app.users.removeIdentity("tests", id, identity)).kind).toBe("changed");
  for (const result of [entered, again]) {
    const token = result.kind === "signed-in" ? result.token : "";
    expect(await app.sessions.find(token)).toBeUndefined();
  }
  expect((await enter(account)).kind).toBe("not-invited");
  expect((await enter(second)).kind).toBe("signed-in");
});

test("an address belongs to one user", async () => {
  const account = await invited();
  await app.add("second@example.org");
  const id = await app.idOf("second@example.org");
  const identity = walletIdentity(account.address);
  expect(await app.users.addIdentity("tests", id, identity)).toEqual({ kind: "taken" });
  expect(await app.users.create("tests", { address: account.address, role: "admin" })).toBe(false);
});

describe("with a chain to ask", () => {
  const signature = `0x${"ab".repeat(65)}`;
  const ask = async (): Promise<[kind: string, seconds: number]> => {
    const account = await invited();
    const { nonce } = await begin(account.address, withChain);
    const start = performance.now();
    const { kind } = await withChain.walletSignIn.finish({ nonce, signature }, {});
    return [kind, (performance.now() - start) / 1_000];
  };

  test.each<[string, (method: string) => unknown]>([
    ["hangs", () => undefined],
    ["hangs after its first word", (method) => (method === "eth_chainId" ? "0xa" : undefined)],
    [
      "is another chain, whose wallet says yes",
      (method) => (method === "eth_chainId" ? "0x1" : "0x1"),
    ],
    ["answers no JSON", () => "raw:<html>Bad gateway</html>"],
    ["lies about its kind of answers", () => ({ yes: true })],
  ])("which %s, nobody is let in, and told within 5 seconds", async (_name, answer) => {
    answerOfChain = answer;
    const [kind, seconds] = await ask();
    expect(["chain-away", "wrong-signature"]).toContain(kind);
    expect(seconds).toBeLessThan(5);
  });

  test("which is away, an account of its own still signs in", async () => {
    answerOfChain = () => undefined;
    const account = await invited();
    expect((await begin(account.address, withChain)).message).toContain("Chain ID: 10\n");
    expect((await enter(account, { of: withChain })).kind).toBe("signed-in");
  });
});

describe("the endpoint", () => {
  async function post(fields: Record<string, string>, cookie = "", origin = testOrigin) {
    const request = new Request(`${testOrigin}/login/wallet`, {
      method: "POST",
      headers: { Origin: origin, Cookie: cookie },
      body: new URLSearchParams(fields),
    });
    const context = { ...app.context, clientIp: newIp() };
    return action({ request, context, params: {} }).catch((thrown: unknown) => thrown as Response);
  }
  const cookieOf = (answer: Response) => answer.headers.get("Set-Cookie")?.split(";")[0] ?? "";

  test("takes a signature from the browser that the message was made for, and from no other", async () => {
    const account = await invited();
    const begun = await post({ intent: "begin", address: account.address });
    const { message = "" } = (await begun.json()) as { message?: string };
    const signature = await account.signMessage({ message });
    const finish = { intent: "finish", signature, redirectTo: "https://evil.example/admin" };

    // Other browsers can neither sign in with it nor use it up.
    const other = await post({ intent: "begin", address: account.address });
    expect((await post(finish)).status).toBe(401);
    expect((await post(finish, cookieOf(other))).status).toBe(401);
    expect((await post(finish, "fv_wallet=forged")).status).toBe(401);

    const entered = await post(finish, cookieOf(begun));
    expect(await entered.json()).toEqual({ location: "/admin" });
    expect(entered.headers.get("Set-Cookie")).toContain("fv_session=");
  });

  test("refuses other sites, and counts what is begun for the client", async () => {
    const { address } = await invited();
    expect((await post({ intent: "begin", address }, "", "https://evil.example")).status).toBe(403);
    expect((await post({ intent: "begin", address: "vitalik.eth" })).status).toBe(400);
    expect((await post({ intent: "sign" })).status).toBe(400);
    const ip = newIp();
    for (let attempt = 0; attempt < 20; attempt += 1) {
      expect((await app.walletSignIn.begin(address, ip)).kind).toBe("challenge");
    }
    expect((await app.walletSignIn.begin(address, ip)).kind).toBe("limited");
  });
});
