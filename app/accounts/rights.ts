/** Who may do what in the dashboard. A page, its action and its buttons use the same constant. */

/** From the least to the most. */
export const USER_ROLES = ["operator", "maintainer", "admin"] as const;
export type UserRole = (typeof USER_ROLES)[number];

export interface Right {
  roles: readonly UserRole[];
  /** The message to users who do not have the right. */
  refusal: string;
}

/** Reading every page but those of users and tokens. */
export const READ: Right = { roles: USER_ROLES, refusal: "Sign in to see this" };

/** Flushing, retrying, discarding, taking views off a topic, deciding about a lost batch. */
export const CHANGE_VIEWS: Right = {
  roles: ["maintainer", "admin"],
  refusal: "Only maintainers and admins may do this",
};

const forAdmins: Right = { roles: ["admin"], refusal: "Only admins may do this" };
export const MANAGE_USERS: Right = { ...forAdmins };
export const MANAGE_TOKENS: Right = { ...forAdmins };

export function may({ role }: { role: UserRole }, right: Right): boolean {
  return right.roles.includes(role);
}

export const roleTexts: Record<UserRole, { label: string; withArticle: string; may: string }> = {
  operator: {
    label: "Operator",
    withArticle: "an operator",
    may: "Operators read everything and change nothing.",
  },
  maintainer: {
    label: "Maintainer",
    withArticle: "a maintainer",
    may: "Maintainers also flush, retry and discard views, and take them off topics.",
  },
  admin: {
    label: "Admin",
    withArticle: "an admin",
    may: "Admins also manage users and tokens.",
  },
};
