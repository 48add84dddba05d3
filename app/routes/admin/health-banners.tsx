import { Banner } from "~/ui/banner";
import { ButtonLink } from "~/ui/button";

export interface HealthBannerView {
  id: string;
  tone: "info" | "warning" | "danger";
  title: string;
  text: string;
  action?: { label: string; href: string };
}

export function HealthBanners({ banners }: { banners: HealthBannerView[] }) {
  if (banners.length === 0) return null;
  return (
    <div className="space-y-3">
      {banners.map(({ id, tone, title, text, action }) => (
        <Banner
          key={id}
          tone={tone}
          title={title}
          action={
            action && (
              <ButtonLink to={action.href} size="sm">
                {action.label}
              </ButtonLink>
            )
          }
        >
          {text}
        </Banner>
      ))}
    </div>
  );
}
