import { describe, expect, it } from "vitest";
import { isBot } from "./bots";

const iPhone =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)";
const android =
  "Mozilla/5.0 (Linux; Android 14; SM-S918B; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/124.0 Mobile Safari/537.36";
const okx =
  "OKEx/6.96.1 (iPhone;U;iOS 17.5;en-US) locale=en-US OKApp/(OKEx/6.96.1) brokerDomain/www.okx.com brokerId/0";

describe("isBot", () => {
  it.each([
    `${iPhone} Mobile/15E148 ${okx}`,
    `${android} ${okx}`,
    `${iPhone} Mobile/15E148 BitKeep/8.1 bitget/https://web3.bitget.com`,
    `${iPhone} Mobile/15E148 WebView MetaMaskMobile`,
    `${iPhone} Mobile/15E148 CoinbaseWallet/28.0`,
    `${iPhone} Mobile/15E148 imToken/2.14.0`,
    `${iPhone} Mobile/15E148 TokenPocket_iOS`,
    `${iPhone} Version/17.0 Mobile/15E148 Safari/604.1 Trust/8.0`,
    `${android} Telegram-Android/10.14.5 (Samsung SM-G991B; Android 13; SDK 33; HIGH)`,
    `${iPhone} Mobile/15E148 MicroMessenger/8.0.38(0x1800262c) NetType/WIFI Language/en`,
    `${iPhone} Mobile/15E148 Safari Line/13.10.0`,
    `${iPhone} Mobile/15E148 Discord/192.0`,
    `${iPhone} Version/17.0 Mobile/15E148 Safari/604.1`,
  ])("lets people in with %s", (userAgent) => {
    expect(isBot(userAgent)).toBe(false);
  });

  it.each([
    undefined,
    "",
    "  ",
    "curl/8.5.0",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "TelegramBot (like TwitterBot)",
    `${iPhone} Mobile/15E148 https://www.example.com`,
    `Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html) ${okx}`,
  ])("keeps %j out", (userAgent) => {
    expect(isBot(userAgent)).toBe(true);
  });
});
