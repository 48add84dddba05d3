import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { walletAddress } from "~/accounts/wallet-address.server";
import { type AccountsProcess, startAccounts } from "../helpers/accounts";
import { testDaoSlug } from "../helpers/dao-slug";
import { startLocalChain, type LocalChain } from "../helpers/local-chain";
import { useServers } from "../helpers/use-servers";

/** Contract wallets on a real chain: only the contract can tell whether it accepts a signature. */

const CHAIN_ID = 10;
let chain: LocalChain | undefined;
const use = useServers();
const processes: AccountsProcess[] = [];

beforeAll(async () => {
  chain = await startLocalChain(CHAIN_ID);
});
afterAll(async () => {
  for (const process of processes) await process.close();
  await chain?.stop();
});

async function startOn(chainId: number, url: string | undefined): Promise<AccountsProcess> {
  const process = await startAccounts({
    ...use.urls,
    daoSlug: testDaoSlug(),
    env: { WALLET_CHAIN_ID: chainId, ...(url === undefined ? {} : { WALLET_RPC_URL: url }) },
  });
  processes.push(process);
  return process;
}

test("signs in while its owner signs, and not when the owner is another one", async (context) => {
  if (!chain) {
    process.stderr.write("Skipped: @foundry-rs/anvil does not run here\n");
    return context.skip();
  }
  const owner = privateKeyToAccount(generatePrivateKey());
  const wallet = (await walletAddress(await chain.createWallet(owner.address)))!;
  const here = await startOn(CHAIN_ID, chain.url);
  await here.users.create("tests", { address: wallet, role: "operator" });
  const signIn = async (app: AccountsProcess, signer = owner) => {
    const begun = await app.walletSignIn.begin(wallet, "198.51.100.7");
    if (begun.kind !== "challenge") throw new Error(begun.kind);
    const signature = await signer.signMessage({ message: begun.message });
    return app.walletSignIn.finish({ nonce: begun.nonce, signature }, {});
  };

  const entered = await signIn(here);
  const token = entered.kind === "signed-in" ? entered.token : "";
  expect(await here.sessions.find(token)).toMatchObject({ name: wallet });
  const stranger = privateKeyToAccount(generatePrivateKey());
  expect((await signIn(here, stranger)).kind).toBe("wrong-signature");

  // What it accepts on this chain is not accepted if another chain is configured, or none can be asked.
  expect((await signIn(await startOn(1, chain.url))).kind).toBe("chain-away");
  expect((await signIn(await startOn(CHAIN_ID, undefined))).kind).toBe("wrong-signature");

  await chain.setOwner(wallet, stranger.address);
  expect((await signIn(here)).kind).toBe("wrong-signature");
  expect((await signIn(here, stranger)).kind).toBe("signed-in");
});
