import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { runCommand } from "../../scripts/local/run-command";
import { SetupError } from "../../scripts/local/setup-error";
import { ensureSystemProgram } from "../../scripts/local/system-packages";

interface SelfSigned {
  key: string;
  cert: string;
  /** Where the certificate lies, until `remove`. */
  certFile: string;
  remove(): Promise<void>;
}

/** A key and a certificate for 127.0.0.1 that nobody has signed. */
export async function selfSigned(): Promise<SelfSigned> {
  const openssl = await ensureSystemProgram("openssl");
  const folder = await mkdtemp(path.join(tmpdir(), "forum-views-test-"));
  const [keyFile, certFile] = [path.join(folder, "key.pem"), path.join(folder, "cert.pem")];
  const options = ["-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"];
  const { ok, output } = await runCommand(
    openssl,
    ["req", "-x509", ...options, "-addext", "subjectAltName=IP:127.0.0.1"].concat([
      "-keyout",
      keyFile,
      "-out",
      certFile,
    ]),
    { seconds: 60 },
  );
  if (!ok) throw new SetupError(`A certificate needs openssl 1.1.1 or newer: ${output}`);
  return {
    key: await readFile(keyFile, "utf8"),
    cert: await readFile(certFile, "utf8"),
    certFile,
    remove: () => rm(folder, { recursive: true }),
  };
}
