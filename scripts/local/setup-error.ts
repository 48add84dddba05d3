/** Something on this machine that its owner can understand and fix: it is shown without a stack. */
export class SetupError extends Error {
  override name = "SetupError";
}
