import { passOn } from "../pass-on.js";

/**
 * @param {Request} request
 * @returns {Promise<Response>}
 */
export function GET(request) {
  return passOn(request, "/api/v1/forum/cleanup");
}
