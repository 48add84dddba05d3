import { setTimeout } from "node:timers/promises";
import type { Hex } from "viem";

/** Milliseconds that the chain may take to answer, while a person waits at the sign-in page. */
const RPC_LIMIT_MS = 4_500;

/** From the 65 bytes of a plain signature to what contract wallets with many owners make. */
const signaturePattern = /^0x(?:[0-9a-f]{2}){65,8192}$/i;

/** `unknown`: the chain could not be asked, or its answer made no sense. */
type SignatureCheck = "right" | "wrong" | "unknown";

/** The chain that contract wallets are asked on, if `rpcUrl` is set. */
export interface WalletChain {
  chainId: number;
  rpcUrl: string | undefined;
}

/**
 * Checks whether the wallet of an address has signed exactly this text. For a plain account this needs no
 * network; a contract wallet (EIP-1271, EIP-6492) is asked on the one chain.
 * @param signed its address as `walletAddress` returns it
 */
export async function checkSignature(
  signed: { address: string; message: string; signature: string },
  { rpcUrl, chainId }: WalletChain,
): Promise<SignatureCheck> {
  if (!signaturePattern.test(signed.signature)) return "wrong";
  const parts = { ...signed, address: signed.address as Hex, signature: signed.signature as Hex };
  const { verifyMessage } = await import("viem/utils");
  if (await verifyMessage(parts).catch(() => false)) return "right";
  if (rpcUrl === undefined) return "wrong";
  const tooLate = setTimeout(RPC_LIMIT_MS, "unknown" as const, { ref: false });
  return Promise.race([askChain(rpcUrl, chainId, parts), tooLate]).catch(() => "unknown" as const);
}

async function askChain(
  rpcUrl: string,
  chainId: number,
  signed: { address: Hex; message: string; signature: Hex },
): Promise<SignatureCheck> {
  const { createPublicClient, http } = await import("viem");
  const transport = http(rpcUrl, { timeout: RPC_LIMIT_MS, retryCount: 0 });
  const client = createPublicClient({ transport });
  // A wallet at the same address of another chain may have other owners.
  if ((await client.getChainId()) !== chainId) return "unknown";
  return (await client.verifyMessage(signed)) ? "right" : "wrong";
}
