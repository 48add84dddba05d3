export const identityKinds = ["wallet", "openid"] as const;

/** What a user is known by, beside an e-mail address. */
export interface IdentityKey {
  kind: (typeof identityKinds)[number];
  /** Of OpenID Connect; empty for a wallet. */
  issuer: string;
  /** A wallet's address with its checksum, or what the issuer calls its user. */
  subject: string;
}

export function walletIdentity(address: string): IdentityKey {
  return { kind: "wallet", issuer: "", subject: address };
}
