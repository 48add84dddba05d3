/** Something on this machine that its owner can understand and mend: shown without a stack. */
export class SetupError extends Error {
  override name = "SetupError";
}
