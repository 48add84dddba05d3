import path from "node:path";
import { runCommand } from "./run-command";
import { SetupError } from "./setup-error";
import { ensureSystemProgram } from "./system-packages";

/** Files in PEM. */
export interface Certificates {
  ca: string;
  cert: string;
  key: string;
}

const keyOptions = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];

/** An authority and a certificate from it, for servers and clients on this machine; valid for a day. */
export async function makeCertificates(folder: string): Promise<Certificates> {
  const openssl = await ensureSystemProgram("openssl");
  const file = (name: string) => path.join(folder, name);
  const [ca, caKey, cert, key] = ["ca.crt", "ca.key", "redis.crt", "redis.key"].map(file) as [
    string,
    string,
    string,
    string,
  ];
  const request = async (...args: string[]) => {
    const { ok, output } = await runCommand(openssl, ["req", "-x509", ...keyOptions, ...args], {
      seconds: 20,
    });
    if (!ok) throw new SetupError(`openssl made no certificate:\n${output}`);
  };
  await request("-subj", "/CN=Authority of a test", "-keyout", caKey, "-out", ca);
  await request(
    ...["-subj", "/CN=redis", "-keyout", key, "-out", cert],
    ...["-CA", ca, "-CAkey", caKey],
    ...[
      "-addext",
      "subjectAltName=IP:127.0.0.1,DNS:localhost",
      "-addext",
      "basicConstraints=critical,CA:FALSE",
    ],
  );
  return { ca, cert, key };
}

/**
 * Settings with which a Redis accepts TLS on a port, from clients with a certificate of the same authority.
 */
export function tlsSettings({ ca, cert, key }: Certificates, port: number): Record<string, string> {
  return {
    "tls-port": String(port),
    "tls-ca-cert-file": ca,
    "tls-cert-file": cert,
    "tls-key-file": key,
  };
}
