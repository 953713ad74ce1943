// The System Console's own scripts. Under a strict Content-Security-Policy Alpine knows only what it is told here
// and reads single expressions; theme.py says which of the theme's are written otherwise.

document.addEventListener("alpine:init", () => {
  for (const data of [theme, searchForm, searchDropdown, searchCommand]) Alpine.data(data.name, data);
  Alpine.data("consolePage", consolePage);
});

function consolePage(firstTab) {
  return {
    activeTab: firstTab,
    sidebarMobileOpen: false,
    sidebarDesktopOpen: localStorage.getItem("sidebarDesktopOpen") !== "0",
    init() {
      this.activeTab = getCurrentTab() || firstTab;
      this.$watch("sidebarDesktopOpen", (isOpen) => localStorage.setItem("sidebarDesktopOpen", isOpen ? "1" : "0"));
    },
    formAddress() {
      const tab = this.activeTab && this.activeTab !== "general" ? `#${this.activeTab}` : "";
      return location.pathname + location.search + tab;
    },
  };
}
