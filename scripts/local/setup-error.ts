/** A problem of this machine that its owner can understand and fix: shown without a stack. */
export class SetupError extends Error {
  override name = "SetupError";
}
