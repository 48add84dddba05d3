import type { WalletAnswer } from "../login_.wallet";
import type { WalletProvider } from "./use-wallets";

/** The error code of EIP-1193 when a person rejects a request. */
const REJECTED = 4001;
/** The wallet is still waiting for an answer to another request. */
const PENDING = -32002;

/** Why the sign-in failed, as a sentence that says what to do. */
class Problem extends Error {
  override name = "Problem";
}

/** Signs in with a wallet: returns where to go, or what went wrong. */
export async function signInWithWallet(
  provider: WalletProvider,
  redirectTo: string,
): Promise<{ location: string } | { problem: string }> {
  try {
    const address = await chosenAccount(provider);
    const { message } = await post({ intent: "begin", address });
    if (message === undefined) throw new Problem("The server sent no message to sign. Try again.");
    const signature = await ask(provider, "personal_sign", [hexOf(message), address]);
    if (typeof signature !== "string") throw new Problem("The wallet gave no signature.");
    const { location } = await post({ intent: "finish", signature, redirectTo });
    return location === undefined ? { problem: "Nobody was signed in. Try again." } : { location };
  } catch (error) {
    return { problem: error instanceof Problem ? error.message : "The wallet did not answer." };
  }
}

async function chosenAccount(provider: WalletProvider): Promise<string> {
  const accounts = await ask(provider, "eth_requestAccounts", []);
  const [address] = Array.isArray(accounts) ? (accounts as unknown[]) : [];
  if (typeof address === "string") return address;
  throw new Problem("The wallet has no account for this page: open it, choose one and try again.");
}

async function ask(provider: WalletProvider, method: string, params: unknown[]): Promise<unknown> {
  try {
    return await provider.request({ method, params });
  } catch (error) {
    const code = (error as { code?: unknown } | null)?.code;
    if (code === REJECTED) {
      throw new Problem("You refused in your wallet. Try again when you want to sign in.");
    }
    if (code === PENDING) {
      throw new Problem("Your wallet is waiting for an answer: open it and answer there.");
    }
    throw new Problem("Your wallet could not do this. Unlock it and try again.");
  }
}

async function post(fields: Record<string, string>): Promise<WalletAnswer> {
  let answer: WalletAnswer;
  try {
    const response = await fetch("/login/wallet", {
      method: "POST",
      body: new URLSearchParams(fields),
    });
    answer = (await response.json()) as WalletAnswer;
  } catch {
    throw new Problem("The server cannot be reached. Try again in a moment.");
  }
  if (answer.problem !== undefined) throw new Problem(answer.problem);
  return answer;
}

/** Wallets expect the text as bytes. */
function hexOf(text: string): string {
  const bytes = [...new TextEncoder().encode(text)];
  return `0x${bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
