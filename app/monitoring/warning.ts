/**
 * Something that people should know but that stops nothing. Logged once, and shown in /readyz and the
 * dashboard.
 */
export interface Warning {
  id: "durability" | "clocks" | "proxy" | "one-client" | "origins";
  title: string;
  /** A sentence without its full stop, with the setting to change. */
  text: string;
}
