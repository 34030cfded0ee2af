#!/bin/sh
# The browser and fonts that the page tests need, from Debian's packages.
set -eu
if command -v chromium >/dev/null 2>&1 && fc-list 2>/dev/null | grep -qi "noto.*cjk"; then
  exit 0
fi
if ! command -v apt-get >/dev/null 2>&1 || [ "$(id -u)" != 0 ]; then
  echo "The page tests need chromium and Chinese fonts. On Debian: apt-get install chromium fontconfig fonts-noto-cjk fonts-noto-color-emoji"
  exit 1
fi
echo "Installing chromium and Chinese fonts …"
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium fontconfig fonts-noto-cjk fonts-noto-color-emoji >/dev/null
