import { Wallet as WalletIcon } from "lucide-react";
import { useState } from "react";
import { Button } from "~/ui/button";
import { ErrorSummary } from "~/ui/error-summary";
import type { RefusedForm } from "~/ui/refused-form";
import { useHydrated } from "~/ui/use-hydrated";
import { useWallets, type Wallet } from "./use-wallets";
import { signInWithWallet } from "./wallet-steps";

/** Signing in with a wallet of this browser. It needs a script, as every wallet does. */
export function WalletDoor({ redirectTo }: { redirectTo: string }) {
  const isHydrated = useHydrated();
  const wallets = useWallets();
  const [busyId, setBusyId] = useState<string>();
  const [refusal, setRefusal] = useState<RefusedForm>();
  if (!isHydrated) return null;

  async function signIn({ id, provider }: Wallet) {
    if (busyId !== undefined) return;
    setBusyId(id);
    setRefusal(undefined);
    const result = await signInWithWallet(provider, redirectTo);
    setBusyId(undefined);
    if ("location" in result) window.location.assign(result.location);
    else setRefusal({ error: { "": [result.problem] } });
  }

  return (
    <section aria-label="Wallet" className="space-y-3 border-t pt-4">
      {refusal && <ErrorSummary title="You are not signed in" refused={refusal} />}
      {wallets.length === 0 && (
        <p className="text-xs text-ink-muted">
          To sign in with a wallet, open this page in a browser that has one, or in the browser
          inside your wallet’s app.
        </p>
      )}
      {wallets.map((wallet) => (
        <Button
          key={wallet.id}
          icon={WalletIcon}
          className="w-full"
          aria-disabled={busyId !== undefined || undefined}
          onClick={() => void signIn(wallet)}
        >
          {busyId === wallet.id ? "Waiting for your wallet…" : `Sign in with ${wallet.name}`}
        </Button>
      ))}
    </section>
  );
}
