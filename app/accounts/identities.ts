export const identityKinds = ["wallet", "openid"] as const;

/** Something other than an e-mail address that identifies a user. */
export interface IdentityKey {
  kind: (typeof identityKinds)[number];
  /** The issuer of OpenID Connect; empty for a wallet. */
  issuer: string;
  /** A wallet's address with its checksum, or the issuer's identifier of the user. */
  subject: string;
}

export function walletIdentity(address: string): IdentityKey {
  return { kind: "wallet", issuer: "", subject: address };
}
