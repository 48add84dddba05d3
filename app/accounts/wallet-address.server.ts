/**
 * The address in its only spelling, with its checksum; undefined if it is no address or the capital letters
 * do not match its checksum. The library is loaded with the first wallet: most processes never need it.
 */
export async function walletAddress(text: string): Promise<string | undefined> {
  const { getAddress, isAddress } = await import("viem/utils");
  return isAddress(text) ? getAddress(text) : undefined;
}
