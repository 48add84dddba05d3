/**
 * For Vercel's cron, which can call nothing but its own project: passes the call on to the deployment.
 *
 * @param {Request} request
 * @param {string} path
 * @returns {Promise<Response>}
 */
export async function passOn(request, path) {
  const { CRON_SECRET, FORUM_VIEWS_ORIGIN } = process.env;
  const authorization = `Bearer ${CRON_SECRET}`;
  if (!CRON_SECRET || request.headers.get("Authorization") !== authorization) {
    return new Response("Unauthorized", { status: 401 });
  }
  const answer = await fetch(`${FORUM_VIEWS_ORIGIN}${path}`, {
    method: "POST",
    headers: { Authorization: authorization },
  });
  return new Response(answer.body, { status: answer.status });
}
