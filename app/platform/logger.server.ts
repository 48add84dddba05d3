import { pino, type DestinationStream, type Logger, type LoggerOptions } from "pino";

/** Headers and fields that may hold a secret or tell who somebody is. They are never logged. */
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
  return destination ? pino(options, destination) : pino(options);
}
