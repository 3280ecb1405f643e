/** The sign of the product; drawn in the theme's colours. */
export function Brand() {
  return (
    <svg class="brand-mark" viewBox="0 0 28 28" aria-hidden="true">
      <rect class="brand-ground" width="28" height="28" rx="8" />
      <path
        class="brand-ink"
        d="M14 6.2c-3.5 0-5.7 2.6-5.7 6.1 0 3.4-.8 4.9-1.9 6.1-.4.5-.1 1.2.5 1.2h14.2c.6 0 .9-.7.5-1.2-1.1-1.2-1.9-2.7-1.9-6.1 0-3.5-2.2-6.1-5.7-6.1z"
      />
      <circle class="brand-ink" cx="14" cy="21.6" r="1.9" />
      <path class="brand-stem" d="M14 4.2v2" />
    </svg>
  );
}
