import { pino, type DestinationStream, type Logger, type LoggerOptions } from "pino";

/** Headers and fields that may contain a secret or identify a person. They are never logged. */
const redacted = [
  "req.headers.authorization",
  "req.headers.cookie",
  'req.headers["x-forwarded-for"]',
  'res.headers["set-cookie"]',
  "password",
];

/** Structured logs, one JSON object a line, to standard output. */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const options: LoggerOptions = {
    level,
    base: undefined,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: redacted, remove: true },
  };
  return pino(options, destination ?? standardOutput());
}

/**
 * When nobody reads the log any more, its lines are lost and the process goes on. The library's own stream would try
 * to write the last lines for ever, and keep the process from ending.
 */
function standardOutput(): DestinationStream {
  const { stdout } = process;
  if (!stdout.listeners("error").includes(ignore)) stdout.on("error", ignore);
  return { write: (line) => void stdout.write(line) };
}

function ignore(): void {}
