import { useEffect, useState } from "react";

/** The interface of wallets in the browser (EIP-1193), as far as it is used here. */
export interface WalletProvider {
  request(call: { method: string; params?: unknown[] }): Promise<unknown>;
}

export interface Wallet {
  id: string;
  name: string;
  provider: WalletProvider;
}

interface Announcement {
  info?: { uuid?: unknown; name?: unknown };
  provider?: WalletProvider;
}

/** No honest wallet has a longer name. */
const LONGEST_NAME = 40;

/** The wallets of this browser: those that announce themselves (EIP-6963), or else `window.ethereum`. */
export function useWallets(): Wallet[] {
  const [announced, setAnnounced] = useState<Wallet[]>([]);
  const [injected, setInjected] = useState<Wallet>();
  useEffect(() => {
    const announce = (event: Event) => {
      const wallet = walletOf((event as CustomEvent<Announcement | undefined>).detail);
      if (!wallet) return;
      setAnnounced((known) => [...known.filter(({ id }) => id !== wallet.id), wallet]);
    };
    // Some wallets set `window.ethereum` only after the page has loaded.
    const inject = () => {
      const { ethereum: provider } = window as { ethereum?: WalletProvider };
      if (provider) setInjected({ id: "injected", name: "your wallet", provider });
    };
    window.addEventListener("eip6963:announceProvider", announce);
    window.addEventListener("ethereum#initialized", inject);
    window.dispatchEvent(new Event("eip6963:requestProvider"));
    const frame = requestAnimationFrame(inject);
    return () => {
      cancelAnimationFrame(frame);
      window.removeEventListener("eip6963:announceProvider", announce);
      window.removeEventListener("ethereum#initialized", inject);
    };
  }, []);
  if (announced.length > 0 || !injected) return announced;
  return [injected];
}

function walletOf(detail: Announcement | undefined): Wallet | undefined {
  const { uuid, name } = detail?.info ?? {};
  if (typeof uuid !== "string" || typeof name !== "string" || !detail?.provider) return undefined;
  return { id: uuid, name: name.slice(0, LONGEST_NAME), provider: detail.provider };
}
