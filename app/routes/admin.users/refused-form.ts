/** What the action of the users' page answers when a form cannot be carried out as it is. */
export interface RefusedForm {
  /** Of the form that was sent. */
  intent?: string;
  /** Of the user whose form it was. */
  id?: string;
  /** What was entered; never a password. */
  values: { email?: string; role?: string };
  /** By the name of the field. */
  errors: Record<string, string[] | null>;
}
