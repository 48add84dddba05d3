import path from "node:path";
import { runCommand } from "./run-command";
import { SetupError } from "./setup-error";
import { ensureSystemProgram } from "./system-packages";

/** Files in PEM. */
export type Certificates = Awaited<ReturnType<typeof makeCertificates>>;

const keyOptions = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];

/** An authority and a certificate from it, for servers and clients on this machine; valid for a day. */
export async function makeCertificates(folder: string) {
  const openssl = await ensureSystemProgram("openssl");
  const file = (name: string) => path.join(folder, name);
  const files = { ca: file("ca.crt"), cert: file("redis.crt"), key: file("redis.key") };
  const request = async (...args: string[]) => {
    const words = ["req", "-x509", ...keyOptions, ...args];
    const { ok, output } = await runCommand(openssl, words, { seconds: 20 });
    if (!ok) throw new SetupError(`openssl made no certificate:\n${output}`);
  };
  const authority = ["-subj", "/CN=Authority of a test"];
  await request(...authority, "-keyout", file("ca.key"), "-out", files.ca);
  await request(
    ...["-subj", "/CN=redis", "-keyout", files.key, "-out", files.cert],
    ...["-CA", files.ca, "-CAkey", file("ca.key")],
    ...["-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"],
    ...["-addext", "basicConstraints=critical,CA:FALSE"],
  );
  return files;
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
