-- What Quarto adds to pandoc's Markdown and the paper uses: numbered sections, figures and tables,
-- their cross-references, alternative text of figures, callouts, and authors with affiliations.
--
-- Both renderers run it for HTML, PDF and DOCX, so that these are the same by either. Under Quarto
-- it runs before all else (`at: pre-ast`) and leaves nothing that Quarto would number or draw by
-- itself; Quarto's other formats (JATS, LaTeX) do without it.

local text = pandoc.utils.stringify
local kinds = { fig = "Figure", tbl = "Table", sec = "Section" }
local counts = { fig = 0, tbl = 0 }
local series = "" -- before the numbers: S in the supplement
local section = {}
local numbers = {} -- identifier -> its number, as text

local function of_kind(identifier)
  return kinds[identifier:match("^(%l+)%-")]
end

-- Quarto takes an element whose identifier begins with `fig-` for its own.
local function anchor(identifier)
  if not (quarto and of_kind(identifier)) then return identifier end
  return (identifier:gsub("%-", "_", 1))
end

-- Numbering, in order of appearance -----------------------------------------------------------

-- The label of a caption. In Word its number is a field, so that lists of figures, and a figure more
-- among them, number themselves.
local function caption_label(kind, number)
  local word = kinds[kind] .. "\u{a0}" .. series
  if FORMAT ~= "docx" then return pandoc.Strong { pandoc.Str(word .. number .. ":") } end
  local run = '<w:r><w:rPr><w:b/></w:rPr><w:t xml:space="preserve">%s</w:t></w:r>'
  local field = '<w:fldSimple w:instr=" SEQ %s \\* ARABIC ">' .. run .. "</w:fldSimple>"
  local name = series == "" and kinds[kind] or kinds[kind] .. "_" .. series
  local code = run:format(word) .. field:format(name, number) .. run:format(":")
  return pandoc.RawInline("openxml", code)
end

local function number_caption(element, kind)
  if not element.identifier:match("^" .. kind .. "%-") then return element end
  counts[kind] = counts[kind] + 1
  numbers[element.identifier] = series .. counts[kind]
  local caption = element.caption.long
  if #caption == 0 then caption = pandoc.Blocks { pandoc.Plain {} } end
  caption[1].content:insert(1, pandoc.Space())
  caption[1].content:insert(1, caption_label(kind, counts[kind]))
  element.caption.long = caption
  element.identifier = anchor(element.identifier)
  return element
end

-- The supplement has numbers of its own, and begins on a page of its own; nothing floats in it.
local beginnings = {
  typst = "#pagebreak()\n#let whole-if-it-fits(body) = { set table(inset: (x: 3pt, y: 2.4pt)); body }\n"
    .. "#show figure.where(kind: image): set figure(placement: none)",
  docx = '<w:p><w:pPr><w:pStyle w:val="TableSpace"/><w:pageBreakBefore/></w:pPr></w:p>',
}
local function begin_supplement(header)
  series, counts = "S", { fig = 0, tbl = 0 }
  local code = beginnings[FORMAT]
  if not code then return header end
  return { pandoc.RawBlock(FORMAT == "docx" and "openxml" or FORMAT, code), header }
end

local function number_section(header)
  if header.classes:includes("unnumbered") then return header end
  for level = 1, header.level do section[level] = section[level] or 0 end
  section[header.level] = section[header.level] + 1
  while #section > header.level do table.remove(section) end
  local number = table.concat(section, ".")
  numbers[header.identifier] = number
  header.identifier = anchor(header.identifier)
  local label = pandoc.Span(number, pandoc.Attr("", { "section-number" }))
  header.content:insert(1, pandoc.Str("\u{2002}")) -- an en space
  header.content:insert(1, label)
  return header
end

-- Figures and tables --------------------------------------------------------------------------

local function raw(code) return { pandoc.RawBlock(FORMAT == "typst" and "typst" or "html", code) } end

local function join(...)
  local blocks = pandoc.Blocks {}
  for _, part in ipairs { ... } do blocks:extend(part) end
  return blocks
end

local extensions = { html5 = ".svg", typst = ".svg", docx = ".png" } -- Quarto adds its own before
local function describe_image(image)
  if not image.src:match("%.%w+$") then image.src = image.src .. (extensions[FORMAT] or "") end
  local alt = image.attributes["fig-alt"]
  if not alt then return image end
  image.attributes["fig-alt"] = nil
  image.attributes["alt-keys"] = nil -- for the check of the filled manuscript alone
  image.caption = pandoc.Inlines(alt)
  image.attributes.alt = FORMAT == "typst" and alt or nil -- for `place_figure`
  return image
end

-- A figure in typst, image or table; pandoc's own writer drops the alternative text of an image,
-- Quarto's the identifier.
local function typst_figure(figure, kind, body)
  local mark = figure.identifier ~= "" and " <" .. figure.identifier .. ">" or ""
  local start = raw("#figure(kind: " .. kind .. ", caption: [")
  return join(start, figure.caption.long, raw("], ["), body, raw("])" .. mark))
end

local function place_figure(figure)
  local image
  figure:walk { Image = function(found) image = found end }
  if image and FORMAT == "typst" then
    local size = image.attributes.width and ", width: " .. image.attributes.width or ""
    local code = string.format("#image(%q, alt: %q%s)", image.src, image.attributes.alt or "", size)
    return typst_figure(figure, "image", raw(code))
  elseif quarto and FORMAT:match("^html") then -- Quarto takes the caption for the alternative text
    local start = '<figure id="' .. figure.identifier .. '" tabindex="0">'
    local stop = "</figcaption>\n</figure>"
    return join(raw(start), figure.content, raw("<figcaption>"), figure.caption.long, raw(stop))
  end
  figure.attributes.tabindex = FORMAT:match("^html") and "0" or nil -- a wide one scrolls by itself
  return figure
end

-- Quarto's reader leaves the identifier of a table at the end of its caption, as text.
local function read_identifier(tbl)
  local caption = tbl.caption.long[#tbl.caption.long]
  local last = caption and caption.content[#caption.content]
  local name = last and last.t == "Str" and last.text:match("^{#(tbl%-[%w_-]+)}$")
  if tbl.identifier == "" and name then
    tbl.identifier = name
    caption.content = pandoc.Inlines { table.unpack(caption.content, 1, #caption.content - 2) }
  end
  return tbl
end

-- The rows of a variable, its heading and those below that begin with an em space, stay on one page,
-- a dozen of them at most; so do the first six rows, and the last three. In typst rows do that which
-- an unbreakable cell spans, here in a column of its own without width (in Word `finish_docx` keeps them).
local function keep_rows(tbl)
  if FORMAT ~= "typst" then return tbl end
  local function cell(span)
    local attributes = { ["typst:breakable"] = "false", ["typst:inset"] = "0pt" }
    return pandoc.Cell({}, "AlignLeft", span, 1, pandoc.Attr("", {}, attributes))
  end
  tbl.colspecs:insert { "AlignLeft", nil }
  for _, row in ipairs(tbl.head.rows) do row.cells:insert(cell(1)) end
  for _, row in ipairs(tbl.foot.rows) do row.cells:insert(cell(1)) end
  for _, body in ipairs(tbl.bodies) do
    local rows, first = body.body, 1
    for k = 2, #rows + 1 do
      local inside = rows[k] and (k < 7 or k > #rows - 2 or text(rows[k].cells[1].contents):match("^\u{2003}"))
      if not inside or k - first == 12 then
        rows[first].cells:insert(cell(k - first))
        first = k
      end
    end
    body.body = rows
  end
  return tbl
end

-- Layout that pandoc's writers leave open: a table wider than the screen scrolls by itself, by
-- keyboard too (HTML); the template floats a table that fits a page (PDF); some room below a table
-- (DOCX).
local function place_table(tbl)
  local label = text(tbl.caption.long):match("^[^:]+") or "Table"
  tbl = keep_rows(tbl)
  if FORMAT == "typst" then
    local bare = tbl:clone()
    bare.identifier, bare.caption = "", pandoc.Caption {}
    -- Pandoc's writer makes a figure of the table itself; floating too, it would leave its caption.
    local body = join(raw("#set figure(placement: none)"), { bare })
    return join(raw("#whole-if-it-fits["), typst_figure(tbl, "table", body), raw("]"))
  end
  -- Quarto takes a table whose caption ends in text for its own.
  if quarto then tbl.caption.long:insert(pandoc.Plain {}) end
  if FORMAT == "docx" then
    local room = '<w:p><w:pPr><w:pStyle w:val="TableSpace"/></w:pPr></w:p>'
    return { tbl, pandoc.RawBlock("openxml", room) }
  end
  if FORMAT:match("^html") then -- heads of rows are read aloud with each cell; in ODT all would be bold
    for _, body in ipairs(tbl.bodies) do body.row_head_columns = 1 end
  end
  local described = { { "role", "region" }, { "tabindex", "0" }, { "aria-label", label } }
  return pandoc.Div(tbl, pandoc.Attr("", { "table" }, described))
end

-- What typst takes for other signs (... for …, -5 for −5, -? for nothing) or for an item of a list,
-- and pandoc does not escape.
local shorthands = { "%.%.%.", "%-[%d?-]", "^[-+=/]", "^%d+%.$" }
local function plain_signs(str)
  for _, pattern in ipairs(shorthands) do
    if str.text:find(pattern) then
      return pandoc.RawInline("typst", string.format("#%q;", str.text))
    end
  end
end

-- No line ends between p and its value, < or ± and a number, a number, its whole, its unit and its
-- percentage, 95%, CI and its end, what a + joins, or the mark of a note and its words.
local units = {
  cm = true, mm = true, patient = true, patients = true, months = true, years = true, cycles = true,
  percentage = true,
}
local compares = { ["="] = true, ["<"] = true, [">"] = true, ["≤"] = true, ["≥"] = true }
local joins = { ["±"] = true, ["+"] = true }
local function keep_together(inlines)
  local function at(k) return inlines[k] and (inlines[k].text or text(inlines[k])) or "" end
  local function is_number(k) return at(k):gsub("^−", ""):match("^%-?%d") end
  local function belong_together(k)
    local before, after = at(k - 1), at(k + 1)
    if compares[before:match("^%(?(.*)$")] then return is_number(k + 1) end
    if compares[after] then return before:match("^%(?%a$") and is_number(k + 3) end
    local mark = before == "†" or inlines[k - 1] and inlines[k - 1].t == "Superscript"
    if mark or joins[before] or joins[after] then return true end
    if before == "CI" or before == "of" and is_number(k - 3) then return is_number(k + 1) end
    if after == "of" then return is_number(k - 1) and is_number(k + 3) end
    if before:match("%d$") then return units[after:match("^%l+")] or after:match("^%([%d.]+%%") end
    return before:match("%%$") and after == "CI"
  end
  local changed = false
  for k, inline in ipairs(inlines) do
    if inline.t == "Space" and belong_together(k) then
      inlines[k], changed = pandoc.Str("\u{a0}"), true
    end
  end
  return changed and inlines or nil
end

-- What leads to a list stays on the page of its first item.
local function keep_leads(blocks)
  if FORMAT ~= "typst" and FORMAT ~= "docx" then return nil end
  for k = #blocks - 1, 1, -1 do
    local lead = blocks[k]
    if lead.t == "Para" and blocks[k + 1].t:match("List$") then
      blocks[k] = pandoc.Div(lead, pandoc.Attr("", {}, { ["custom-style"] = "Kept Lead" }))
      if FORMAT == "typst" then
        blocks[k] = pandoc.RawBlock("typst", "#block(sticky: true, spacing: 0.95em)[")
        blocks:insert(k + 1, lead)
        blocks:insert(k + 2, pandoc.RawBlock("typst", "]"))
      end
    end
  end
  return blocks
end

-- Cross-references ----------------------------------------------------------------------------

local function resolve(cite)
  if not of_kind(cite.citations[1].id) then return nil end
  local inlines = pandoc.Inlines {}
  for k, citation in ipairs(cite.citations) do
    local id = citation.id
    local number = assert(numbers[id], "cross-reference to nothing numbered: @" .. id)
    local name = citation.mode == "SuppressAuthor" and "" or of_kind(id) .. "\u{a0}"
    if k > 1 then inlines:extend { pandoc.Str(","), pandoc.Space() } end
    inlines:insert(pandoc.Link(name .. number, "#" .. anchor(id), "", { class = "crossref" }))
    inlines:extend(citation.suffix)
  end
  return inlines
end

-- Callouts, under another name, since Quarto draws what is called a callout ----------------------

local function callout(div)
  local kind = text(div.classes):match("callout%-(%l+)")
  if not kind then return nil end
  local title = div.attributes.title or kind:gsub("^%l", string.upper)
  local heading = pandoc.utils.blocks_to_inlines(pandoc.read(title, "markdown").blocks)
  if FORMAT == "typst" then
    local start = raw('#notice("' .. kind .. '")[')
    return join(start, { pandoc.Plain(heading) }, raw("]["), div.content, raw("]"))
  end
  local top = pandoc.Div(pandoc.Para(heading), { class = "notice-title" })
  top.attributes["custom-style"] = FORMAT == "docx" and "Callout Title" or nil
  local body = pandoc.Div(div.content)
  body.attributes["custom-style"] = FORMAT == "docx" and "Callout" or nil
  local described = { { "role", "note" }, { "aria-label", text(heading) } } -- pairs keep their order
  local attributes = pandoc.Attr("", { "notice", kind }, described)
  return pandoc.Div({ top, body }, attributes)
end

-- Title block ---------------------------------------------------------------------------------

local function list(value)
  if value == nil then return {} end
  return pandoc.utils.type(value) == "List" and value or { value }
end

local function affiliation_text(affiliation)
  if pandoc.utils.type(affiliation) ~= "table" then return text(affiliation) end
  local parts = {}
  for _, field in ipairs { "department", "name", "city", "region", "country" } do
    if affiliation[field] then parts[#parts + 1] = text(affiliation[field]) end
  end
  return table.concat(parts, ", ")
end

-- `author` becomes plain names, for the document's properties; `byline` and the lines of
-- `affiliation` are what the templates print, with marks from two affiliations on.
local function title_block(meta)
  local shared, places, mark_of = {}, {}, {}
  for _, affiliation in ipairs(list(meta.affiliations)) do
    if affiliation.id then shared[text(affiliation.id)] = affiliation end
  end
  local names, marks, correspondence = {}, {}, nil
  for _, author in ipairs(list(meta.authors or meta.author)) do -- `authors` by Quarto
    if pandoc.utils.type(author) ~= "table" then author = { name = author } end
    local own = {}
    for _, affiliation in ipairs(list(author.affiliations)) do
      local ref = pandoc.utils.type(affiliation) == "table" and affiliation.ref
      local place = affiliation_text(ref and shared[text(ref)] or affiliation)
      if not mark_of[place] then
        places[#places + 1] = place
        mark_of[place] = tostring(#places)
      end
      own[#own + 1] = mark_of[place]
    end
    if author.email and author.corresponding and text(author.corresponding) ~= "false" then
      own[#own + 1] = "*"
      correspondence = text(author.email)
    end
    names[#names + 1] = text(author.name)
    marks[#marks + 1] = own
  end
  local byline, lines = pandoc.Inlines {}, {}
  for k, name in ipairs(names) do
    if k > 1 then byline:extend { pandoc.Str(","), pandoc.Space() } end
    if #places == 1 and marks[k][1] == "1" then table.remove(marks[k], 1) end
    local mark = #marks[k] > 0 and { pandoc.Superscript(table.concat(marks[k], ",")) } or {}
    byline:insert(pandoc.Span({ pandoc.Str(name), table.unpack(mark) }, { class = "author" }))
  end
  for k, place in ipairs(places) do
    local mark = #places > 1 and { pandoc.Superscript(tostring(k)), pandoc.Space() } or {}
    lines[k] = pandoc.Inlines(mark) .. pandoc.Inlines(place)
  end
  if correspondence then
    local link = pandoc.Link(correspondence, "mailto:" .. correspondence)
    local mark = { pandoc.Superscript("*"), pandoc.Space() }
    lines[#lines + 1] = pandoc.Inlines(mark) .. pandoc.Inlines("Correspondence: ") .. { link }
  end
  meta.author, meta.byline = names, #names > 0 and byline or nil
  meta.affiliation = #lines > 0 and lines or nil -- an empty list would print as "true"
  if FORMAT == "typst" then -- document properties are string literals there
    local function literal(s) return pandoc.RawInline("typst", string.format("%q", text(s))) end
    meta["author-literal"] = pandoc.List(names):map(literal)
    meta["keyword-literal"] = pandoc.List(list(meta.keywords)):map(literal)
    local epoch = tonumber(os.getenv("SOURCE_DATE_EPOCH")) -- of the build, for the same bytes
    local date = "!datetime(year: %Y, month: %m, day: %d, hour: %H, minute: %M, second: %S)"
    meta["date-literal"] = pandoc.RawInline("typst", epoch and os.date(date, epoch) or "auto")
  end
  return meta
end

-- The sentences of a claim are marked for the panel of the page alone.
local function unmark(span)
  if span.classes:includes("claim") then return span.content end
end

-- A number in Word stands in a content control, whose tag is its key: an edited document still tells
-- where it comes from. Word reads no tag of more than 64 signs; a longer key is cut, with its digest.
local function in_control(span, key)
  local tag = #key <= 64 and key or key:sub(1, 51) .. "~" .. pandoc.utils.sha1(key):sub(1, 12)
  local start = '<w:sdt><w:sdtPr><w:tag w:val="%s"/></w:sdtPr><w:sdtContent>'
  return {
    pandoc.RawInline("openxml", start:format(tag)), span,
    pandoc.RawInline("openxml", "</w:sdtContent></w:sdt>"),
  }
end

-- A character style, by which the DOCX tells what was injected.
local function mark_injected(span)
  if not (span.classes:includes("num") or span.classes:includes("typed")) then return nil end
  span.attributes["custom-style"] = "Number"
  local key = not TRACKED and span.attributes.key
  return key and in_control(span, key) or span
end

function Pandoc(doc)
  doc.meta = title_block(doc.meta)
  local numbered = quarto or doc.meta["number-sections"] -- no metadata under Quarto
  if not FORMAT:match("^html") then doc = doc:walk { Span = unmark } end
  doc = doc:walk({ Inlines = keep_together, Blocks = keep_leads }):walk {
    traverse = "topdown",
    Header = function(header)
      if numbered then header = number_section(header) end
      if FORMAT:match("^html") then header.level = header.level + 1 end -- the title is h1
      if header.classes:includes("supplement") then return begin_supplement(header), false end
      return header, false
    end,
    Figure = function(figure) return number_caption(figure, "fig") end,
    Table = function(tbl) return number_caption(read_identifier(tbl), "tbl") end,
    Image = describe_image,
    Span = FORMAT == "docx" and mark_injected or nil,
  }
  return doc:walk {
    Cite = resolve, Div = callout, Table = place_table, Figure = place_figure,
    Str = FORMAT == "typst" and plain_signs or nil,
  }
end
