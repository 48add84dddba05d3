/**
 * The address in its one spelling, with its checksum; undefined for what is none, or whose capital letters don't fit
 * its digits. The library is loaded with the first wallet: most processes never need it.
 */
export async function walletAddress(text: string): Promise<string | undefined> {
  const { getAddress, isAddress } = await import("viem/utils");
  return isAddress(text) ? getAddress(text) : undefined;
}
