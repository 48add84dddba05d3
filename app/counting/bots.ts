import { isbot } from "isbot";

/**
 * Wallets whose in-app browser adds a website to its user agent, such as `brokerDomain/www.okx.com`. isbot
 * takes every user agent that names a website for a bot.
 */
const walletBrowsers = /\b(?:OKApp|OKEx|BitKeep|Bitget|Bybit|DeFiWallet)\b/i;
const website = /(?:https?:\/\/)?(?:[a-z0-9-]+\.)+[a-z]{2,}\b\S*/gi;

/**
 * Whether a request with this user agent comes from a bot. Every browser sends one, so without any it does.
 */
export function isBot(userAgent: string | undefined): boolean {
  if (!userAgent?.trim()) return true;
  if (!isbot(userAgent)) return false;
  // The rest of the user agent may still say that it is a bot.
  return !walletBrowsers.test(userAgent) || isbot(userAgent.replace(website, ""));
}
