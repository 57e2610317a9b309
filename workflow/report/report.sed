# What is shown in a frame is handed over as a file in memory: as an address (data:), browsers show nothing beyond 2 MB.
s|contentPath: entry.data_uri|contentPath: URL.createObjectURL(new Blob([Uint8Array.from(atob(entry.data_uri.split(",")[1]), (c) => c.charCodeAt(0))], { type: entry.mime_type }))|
