/** Something that people should know and that stops nothing: in the log once, in /readyz, on the dashboard. */
export interface Warning {
  id: "durability" | "clocks" | "proxy" | "one-client" | "origins";
  title: string;
  /** A sentence without its full stop, with the setting to change. */
  text: string;
}
