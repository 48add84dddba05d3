import type { SignedInUser } from "~/accounts/sessions.server";
import type { Services } from "~/services.server";

/** Everything on the page of users. @throws DependencyError */
export async function presentUsers({ users }: Pick<Services, "users">, viewer: SignedInUser) {
  const list = await users.list();
  return {
    users: list.map(({ id, email, role, disabledAt, createdAt, openSessions, lastSessionAt }) => ({
      id,
      email,
      role,
      isViewer: id === viewer.id,
      isDisabled: disabledAt !== null,
      createdAt: createdAt.toISOString(),
      openSessions,
      lastSessionAt: lastSessionAt?.toISOString() ?? null,
    })),
  };
}

/** Everything on the page of one's own account. @throws DependencyError */
export async function presentAccount(
  { sessions }: Pick<Services, "sessions">,
  { id, email, role }: SignedInUser,
) {
  return { email, role, openSessions: await sessions.countOpen(id) };
}
