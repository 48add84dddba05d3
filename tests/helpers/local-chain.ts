import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { freePort } from "../../scripts/local/ports";
import { waitUntil } from "../../scripts/local/wait-until";

export type LocalChain = NonNullable<Awaited<ReturnType<typeof startLocalChain>>>;

const NOBODY = `0x${"0".repeat(40)}`;

/**
 * A contract wallet after EIP-1271 in machine code, so that no test needs a compiler. Slot 0 holds the owner.
 * `isValidSignature(bytes32,bytes)` compares it with whom `ecrecover` names; anything else sets it.
 */
const runtime = [
  "60003560e01c80631626ba7e14601757", // Is it isValidSignature?
  "60043560005500", // Else the argument is the owner.
  "5b600435600052", // The digest,
  "60a43560f81c602052606435604052608435606052", // v, r and s,
  "602060806080600060015afa50", // for ecrecover.
  "608051806000541490151516605957600060005260206000f3", // Not the owner, or nobody.
  "5b631626ba7e60e01b60005260206000f3", // The value that means yes.
].join("");
const creation = `0x606a600c600039606a6000f3${runtime}`;

/**
 * A real Ethereum virtual machine on this machine, with a chain of its own; undefined where the package of this
 * platform is missing or cannot run.
 */
export async function startLocalChain(chainId: number) {
  const program = findAnvil();
  if (program === undefined) return undefined;
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const options = ["--port", String(port), "--chain-id", String(chainId), "--silent"];
  const child: ChildProcess = spawn(program, options, { stdio: "ignore" });
  let hasFailed = false;
  child.once("error", () => (hasFailed = true));
  const closed = once(child, "exit").catch(() => {});
  const killWithTests = () => child.kill("SIGKILL");
  process.once("exit", killWithTests);

  async function ask(method: string, ...params: unknown[]): Promise<unknown> {
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
    const headers = { "Content-Type": "application/json" };
    const response = await fetch(url, { method: "POST", headers, body });
    const { result, error } = (await response.json()) as { result?: unknown; error?: unknown };
    if (error !== undefined) throw new Error(JSON.stringify(error));
    return result;
  }
  const isUp = () => ask("eth_chainId").then(Boolean, () => false);
  await waitUntil(async () => hasFailed || child.exitCode !== null || (await isUp()), {
    what: "the local chain",
    seconds: 20,
  });
  if (hasFailed || child.exitCode !== null) return undefined;

  async function send(transaction: { to?: string; data: string }): Promise<string | null> {
    const [from] = (await ask("eth_accounts")) as string[];
    const hash = await ask("eth_sendTransaction", { from, ...transaction });
    let receipt: { contractAddress: string | null } | null = null;
    const isMined = async () => {
      receipt = (await ask("eth_getTransactionReceipt", hash)) as typeof receipt;
      return receipt !== null;
    };
    await waitUntil(isMined, { what: "a transaction", seconds: 20 });
    return receipt!.contractAddress;
  }
  const setOwner = async (wallet: string, owner: string) => {
    const data = `0x00000000${owner.slice(2).padStart(64, "0")}`;
    await send({ to: wallet, data });
  };
  return {
    url,
    /** Creates a contract wallet that accepts what its owner has signed. */
    async createWallet(owner: string) {
      const wallet = await send({ data: creation });
      await setOwner(wallet ?? NOBODY, owner);
      return wallet ?? NOBODY;
    },
    setOwner,
    async stop() {
      process.removeListener("exit", killWithTests);
      child.kill("SIGTERM");
      await closed;
    },
  };
}

function findAnvil(): string | undefined {
  const machine = process.arch === "x64" ? "amd64" : process.arch;
  const name = `@foundry-rs/anvil-${process.platform}-${machine}`;
  try {
    const file = createRequire(import.meta.url).resolve(`${name}/package.json`);
    const program = path.join(path.dirname(file), "bin", "anvil");
    // The package's own install script, which is not run here, would do this.
    chmodSync(program, 0o755);
    return program;
  } catch {
    return undefined;
  }
}
