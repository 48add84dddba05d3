import { isbot } from "isbot";

/**
 * Wallets whose in-app browser adds a website to its user agent, such as `brokerDomain/www.okx.com`. isbot
 * takes whatever names a website for a bot.
 */
const walletBrowsers = /\b(?:OKApp|OKEx|BitKeep|Bitget|Bybit|DeFiWallet)\b/i;
const website = /(?:https?:\/\/)?(?:[a-z0-9-]+\.)+[a-z]{2,}\b\S*/gi;

/** Whether nobody looks at what this user agent opens. Every browser sends one, so none is a bot's too. */
export function isBot(userAgent: string | undefined): boolean {
  if (!userAgent?.trim()) return true;
  if (!isbot(userAgent)) return false;
  // Whatever else makes it a bot still does.
  return !walletBrowsers.test(userAgent) || isbot(userAgent.replace(website, ""));
}
