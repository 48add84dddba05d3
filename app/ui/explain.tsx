import { CircleHelp } from "lucide-react";
import { useId, useRef, useState } from "react";
import { words, type Word } from "~/lib/words";

const WIDTH_PX = 256;
const GAP_PX = 6;

/**
 * The meaning of a number: shown while its icon is hovered, focused or was tapped, and closed with Escape.
 * Outside the flow of the page, so that no table cuts it off. Without JavaScript the browser shows it on
 * hover.
 */
export function Explain({ word }: { word: Word }) {
  const id = useId();
  const sign = useRef<HTMLButtonElement>(null);
  const [place, setPlace] = useState<{ top: number; left: number }>();
  const show = () => {
    const box = sign.current?.getBoundingClientRect();
    if (!box) return;
    const left = Math.min(box.left, document.documentElement.clientWidth - WIDTH_PX - GAP_PX);
    setPlace({ top: box.bottom + GAP_PX, left: Math.max(GAP_PX, left) });
  };
  const hide = () => setPlace(undefined);
  // After a tap, a browser that has a mouse, too, says that the mouse has left.
  const leave = () => document.activeElement !== sign.current && hide();
  return (
    <span className="ml-1 inline-block align-middle print:hidden" onMouseLeave={leave}>
      <button
        ref={sign}
        type="button"
        aria-label={`What ${word} means`}
        aria-describedby={place ? id : undefined}
        title={place ? undefined : words[word]}
        onMouseEnter={show}
        onFocus={show}
        onClick={show}
        onBlur={hide}
        onKeyDown={({ key }) => key === "Escape" && hide()}
        className="inline-flex size-6 items-center justify-center rounded-full text-ink-muted hover:text-ink"
      >
        <CircleHelp aria-hidden className="size-3.5" />
      </button>
      {place && (
        <span
          id={id}
          role="tooltip"
          style={{ ...place, maxWidth: WIDTH_PX }}
          className="fixed z-30 whitespace-normal rounded-md border border-line-strong/60 bg-surface px-3 py-2 text-left text-xs font-normal text-ink shadow-lg"
        >
          {words[word]}
        </span>
      )}
    </span>
  );
}
