# What is shown in a frame is handed over as a file in memory: as an address (data:), browsers show nothing beyond 2 MB.
s|contentPath: entry.data_uri|contentPath: URL.createObjectURL(new Blob([Uint8Array.from(atob(entry.data_uri.split(",")[1]), (c) => c.charCodeAt(0))], { type: entry.mime_type }))|
# What is read aloud: the names of pictures, frames and icons, of the search; Vega's menus have none.
s|className: `h-4 w-4 ${this.props.className}`|&, role: "img", "aria-label": { x: "Hide the menu", menu: "Show the menu", eye: "Show" }[this.props.iconName] ?? this.props.iconName|
s|{ src: logo_uri|{ alt: "", src: logo_uri|
s|{ src: this.props.app.state.contentPath }|{ alt: this.props.app.state.resultPath, src: this.props.app.state.contentPath }|
s|{ src: this.props.app.state.contentPath, |&title: this.props.app.state.resultPath, |
s|placeholder: "Search...",|&"aria-label": "Search all results",|
s|vegaEmbed("#[a-z]*", [a-z_]*_spec|&, { actions: false }|
s|{ className: "grow flex items-center justify-center h-screen overflow-auto" }|{ role: "main", tabIndex: 0, className: "grow flex items-center justify-center h-screen overflow-auto" }|
