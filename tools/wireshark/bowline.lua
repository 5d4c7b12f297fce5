-- Wireshark's dissector for the bowline protocol, version 1, full profile (PROTOCOL.md), over TCP.
-- README.md beside this file says where to put it and shows what comes of it.

local bowline = Proto("bowline", "Bowline")

local KINDS = {
    [0] = "message", "hello", "welcome", "refuse", "begin", "chunk", "abort", "ping", "pong", "goodbye", "goodbye-ack",
}
local MESSAGE, HELLO, WELCOME, REFUSE, BEGIN, CHUNK, ABORT, PING, PONG, GOODBYE, GOODBYE_ACK = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
for kind = 0x80, 0xFF do KINDS[kind] = "skippable" end

-- The least and the greatest length of each kind that does not take any: section 1.
local LENGTHS = {
    [HELLO] = { 16, 64 }, [WELCOME] = { 16, 64 }, [REFUSE] = { 2, 64 }, [BEGIN] = { 4, 4 }, [CHUNK] = { 1, 0xFFFFFF },
    [ABORT] = { 0, 0 }, [PING] = { 8, 8 }, [PONG] = { 8, 8 }, [GOODBYE] = { 8, 8 }, [GOODBYE_ACK] = { 8, 8 },
}
local HIGHEST_LIMIT, LONGEST_SKIPPABLE = 0x7FFFFFFF, 65536

local REASONS = {
    [0x0001] = "NotAccepting", [0x0002] = "Full", [0x0003] = "UserLimit", [0x0004] = "Backlog", [0x0005] = "Unanswered",
    [0x0006] = "Declined", [0x0007] = "ShuttingDown", [0x0008] = "Unauthorized",
    [0x0101] = "BadMagic", [0x0102] = "BadVersion", [0x0103] = "UnknownKind", [0x0104] = "TooLong", [0x0105] = "BadLength",
    [0x0106] = "Unexpected", [0x0107] = "ChunkOverflow", [0x0108] = "CountMismatch", [0x0109] = "TooManyAborts",
    [0x010A] = "HandshakeTimeout", [0x010B] = "ProgressTimeout", [0x010C] = "HeartbeatTimeout",
}
local CODES = {}
for code, name in pairs(REASONS) do CODES[name] = code end

local fields = {
    kind = ProtoField.uint8("bowline.kind", "Kind", base.HEX, KINDS),
    length = ProtoField.uint24("bowline.length", "Length", base.DEC, nil, nil, "Bytes of payload"),
    sender = ProtoField.string("bowline.sender", "Sender"),
    number = ProtoField.uint64("bowline.message.number", "Message number", base.DEC, nil, nil,
        "Counted for each direction from 1; a message that is aborted gives its number back"),
    message_length = ProtoField.uint32("bowline.message.length", "Message length", base.DEC, nil, nil,
        "In the frame that completes the message"),
    data = ProtoField.bytes("bowline.data", "Data"),
    magic = ProtoField.string("bowline.magic", "Magic"),
    version = ProtoField.uint16("bowline.version", "Version"),
    reserved = ProtoField.uint16("bowline.reserved", "Reserved", base.HEX),
    limit = ProtoField.uint32("bowline.limit", "Message limit", base.DEC, nil, nil, "The longest message that its sender takes"),
    heartbeat = ProtoField.uint32("bowline.heartbeat", "Heartbeat (ms)", base.DEC, nil, nil,
        "How often its sender wants a sign of life; 0 = no need"),
    later = ProtoField.bytes("bowline.later", "Later fields"),
    code = ProtoField.uint16("bowline.refuse.code", "Code", base.HEX, REASONS),
    text = ProtoField.string("bowline.refuse.text", "Text", base.UNICODE),
    total = ProtoField.uint32("bowline.begin.total", "Total"),
    have = ProtoField.uint32("bowline.chunk.have", "Have", base.DEC, nil, nil, "Bytes of the announced message so far"),
    announced = ProtoField.uint32("bowline.chunk.total", "Of", base.DEC, nil, nil, "Bytes that were announced"),
    discarded = ProtoField.uint32("bowline.abort.discarded", "Discarded", base.DEC, nil, nil, "Bytes that are thrown away"),
    withdrawn = ProtoField.uint32("bowline.abort.total", "Of", base.DEC, nil, nil, "Bytes that were announced"),
    ping = ProtoField.bytes("bowline.ping.token", "Token"),
    pong = ProtoField.bytes("bowline.pong.token", "Token"),
    goodbye = ProtoField.uint64("bowline.goodbye.count", "Messages sent"),
    goodbye_ack = ProtoField.uint64("bowline.goodbye_ack.count", "Messages taken in"),
    skippable = ProtoField.bytes("bowline.skippable.data", "Data"),
    violation = ProtoField.uint16("bowline.violation", "Violation", base.HEX, REASONS),
    rest = ProtoField.bytes("bowline.rest", "Not decoded"),
}
bowline.fields = fields

local experts = {
    refused = ProtoExpert.new("bowline.refused", "Refused", expert.group.RESPONSE_CODE, expert.severity.WARN),
    aborted = ProtoExpert.new("bowline.aborted", "Message withdrawn", expert.group.SEQUENCE, expert.severity.NOTE),
    unconfirmed = ProtoExpert.new("bowline.unconfirmed", "Messages unconfirmed", expert.group.SEQUENCE, expert.severity.WARN),
    after_refuse = ProtoExpert.new("bowline.after_refuse", "Bytes after a refuse", expert.group.PROTOCOL, expert.severity.ERROR),
    cut = ProtoExpert.new("bowline.cut", "Frame cut short", expert.group.UNDECODED, expert.severity.WARN),
}
-- The violations that a capture shows. Those of time it does not: the receiver's clock is not in it.
for _, name in ipairs { "BadMagic", "BadVersion", "UnknownKind", "TooLong", "BadLength", "Unexpected", "ChunkOverflow", "CountMismatch" } do
    local field = "bowline.violation." .. name:gsub("(%l)(%u)", "%1_%2"):lower()
    experts[name] = ProtoExpert.new(field, name, expert.group.PROTOCOL, expert.severity.ERROR)
end
bowline.experts = experts

bowline.prefs.ports = Pref.range("TCP ports", "", "Ports that always speak bowline; others are recognised by their hello", 65535)
bowline.prefs.middle = Pref.bool("Connections may begin before the capture", false,
    "Take a connection whose hello or welcome is missing for an open one; the first packet has to begin with a frame")

local tcp_stream = Field.new("tcp.stream")

-- What is known of each connection, and what was found out about each frame. Wireshark dissects in order once, then again
-- whatever is looked at: the second time nothing may be counted anew.
local connections, notes = {}, {}

function bowline.init()
    connections, notes = {}, {}
end

-- The two directions of a packet: its sender's, and the other.
local function directions(pinfo)
    local streams = { tcp_stream() }
    local stream = streams[#streams].value -- the innermost, should there be a tunnel
    local connection = connections[stream]
    if not connection then
        connection = {}
        connections[stream] = connection
    end
    local function of(address, port)
        local key = tostring(address) .. " " .. port
        if not connection[key] then
            connection[key] = { stage = "opening", messages = 0, limit = HIGHEST_LIMIT }
        end
        return connection[key]
    end
    return of(pinfo.src, pinfo.src_port), of(pinfo.dst, pinfo.dst_port)
end

-- Whether a frame of this kind may come now (the table in section 4); if not, why. `who` is known once a hello or welcome
-- was seen.
local function out_of_place(from, to, kind)
    local what = "a " .. KINDS[kind]
    if kind == REFUSE then return nil end
    if from.stage == "opening" then
        local due = to.who == "client" and WELCOME or HELLO
        if kind == due or kind == WELCOME and bowline.prefs.middle then return nil end
        return what .. " where a " .. KINDS[due] .. " is due (or the capture begins later: see the preferences)"
    end
    if kind == HELLO or kind == WELCOME then return what .. " after the handshake" end
    if from.who == "client" and to.stage == "opening" then return what .. " before the welcome" end
    if kind == CHUNK or kind == ABORT then
        return not from.announced and what .. " without an announced message" or nil
    elseif kind == MESSAGE or kind == BEGIN or kind == GOODBYE then
        if from.announced then return what .. " inside an announced message" end
        return from.goodbye and what .. " after the goodbye" or nil
    elseif kind == GOODBYE_ACK then
        if from.has_acknowledged then return "a second goodbye-ack" end
        return to.who and not to.goodbye and "a goodbye-ack without a goodbye" or nil
    end
end

-- The header's checks in a receiver's order: the first that fails gives the name and what is wrong.
local function check_header(from, to, kind, length)
    if not KINDS[kind] then return "UnknownKind", string.format("kind 0x%02x", kind) end
    local why = out_of_place(from, to, kind)
    if why then return "Unexpected", why end
    local legal = LENGTHS[kind]
    if legal and (length < legal[1] or length > legal[2]) then
        return "BadLength", string.format("a %s of %d bytes; it has %d to %d", KINDS[kind], length, legal[1], legal[2])
    end
    local name, limit = "TooLong", nil
    if kind == MESSAGE then limit = to.limit end
    if kind >= 0x80 then limit = LONGEST_SKIPPABLE end
    if kind == CHUNK then name, limit = "ChunkOverflow", from.announced - from.have end
    if limit and length > limit then
        return name, string.format("%d bytes, where %d may come at most", length, limit)
    end
end

-- What each kind does to its direction once its payload is there; returns a violation's name and text.
local act = {}

local function greet(from, payload, note, who)
    if payload(0, 4):raw() ~= "bwln" then return "BadMagic", "it does not begin with \"bwln\"" end
    local version = payload(4, 2):le_uint()
    if version ~= 1 then return "BadVersion", "version " .. version end
    from.who, from.stage = who, "open"
    from.limit = math.min(payload(8, 4):le_uint(), HIGHEST_LIMIT)
    note.sender = who
end

act[HELLO] = function(from, _, payload, note) return greet(from, payload, note, "client") end
act[WELCOME] = function(from, _, payload, note) return greet(from, payload, note, "server") end

act[REFUSE] = function(from) from.stage = "refused" end

act[MESSAGE] = function(from, _, payload, note)
    from.messages = from.messages + 1
    note.number, note.message_length = from.messages, payload and payload:reported_len() or 0
end

act[BEGIN] = function(from, to, payload, note)
    local total = payload():le_uint()
    if total == 0 then return "BadLength", "an empty message is announced" end
    if total > to.limit then
        return "TooLong", string.format("%d bytes are announced, and the limit is %d", total, to.limit)
    end
    from.announced, from.have = total, 0
    note.number = from.messages + 1
end

act[CHUNK] = function(from, _, payload, note)
    from.have = from.have + payload:reported_len()
    note.number, note.have, note.total = from.messages + 1, from.have, from.announced
    if from.have == from.announced then
        from.messages, from.announced = from.messages + 1, nil
        note.message_length = from.have
    end
end

act[ABORT] = function(from, _, _, note)
    note.discarded, note.withdrawn = from.have, from.announced
    from.announced = nil
end

act[GOODBYE] = function(from, _, payload)
    local count = payload():le_uint64():tonumber()
    local is_wrong = count ~= from.messages
    if not from.who then is_wrong = count < from.messages end -- it began before the capture
    if is_wrong then
        return "CountMismatch", string.format("%s messages, and %d have come", payload():le_uint64(), from.messages)
    end
    from.goodbye = count
end

act[GOODBYE_ACK] = function(from, to, payload, note)
    local count = payload():le_uint64():tonumber()
    if to.goodbye and count > to.goodbye then
        return "CountMismatch", string.format("%s messages, and %d were sent", payload():le_uint64(), to.goodbye)
    end
    from.has_acknowledged = true
    note.unconfirmed = to.goodbye and to.goodbye - count
end

-- Judges a frame that was not seen before, and takes it into account. `payload` is nil when it has no bytes; nil comes back
-- for a frame that is good so far and not yet there.
local function judge(from, to, kind, length, payload, is_whole)
    if from.stage == "opening" and bowline.prefs.middle and kind ~= HELLO and kind ~= WELCOME then from.stage = "joined" end
    local note = { sender = from.who }
    note.violation, note.why = check_header(from, to, kind, length)
    note.is_header_bad = note.violation ~= nil
    if not note.violation then
        if not is_whole then return nil end
        if act[kind] then note.violation, note.why = act[kind](from, to, payload, note) end
    end
    if note.violation then from.stage = "over" end
    return note
end

-- The fields of each kind's payload.
local show = {}

local function show_greeting(item, payload)
    item:add(fields.magic, payload(0, 4))
    item:add_le(fields.version, payload(4, 2))
    item:add_le(fields.reserved, payload(6, 2))
    item:add_le(fields.limit, payload(8, 4))
    item:add_le(fields.heartbeat, payload(12, 4))
    if payload:len() > 16 then item:add(fields.later, payload(16)) end
end

show[HELLO], show[WELCOME] = show_greeting, show_greeting

show[REFUSE] = function(item, payload)
    item:add_le(fields.code, payload(0, 2))
    if payload:len() > 2 then item:add(fields.text, payload(2)) end
    local code = payload(0, 2):le_uint()
    item:add_proto_expert_info(experts.refused, string.format("Refused: 0x%04x %s", code, REASONS[code] or ""))
end

local function shower(field, is_number)
    return function(item, payload)
        if is_number then item:add_le(field, payload()) else item:add(field, payload()) end
    end
end

show[MESSAGE], show[CHUNK] = shower(fields.data), shower(fields.data)
show[BEGIN] = shower(fields.total, true)
show[PING], show[PONG] = shower(fields.ping), shower(fields.pong)
show[GOODBYE], show[GOODBYE_ACK] = shower(fields.goodbye, true), shower(fields.goodbye_ack, true)
for kind = 0x80, 0xFF do show[kind] = shower(fields.skippable) end

-- A frame in a few words, for the info column and for its tree item.
local function words(kind, payload, note)
    if note.violation then return note.violation .. " (" .. note.why .. ")" end
    local name = KINDS[kind] or "unknown"
    if kind == HELLO or kind == WELCOME then return name .. " v" .. payload(4, 2):le_uint() end
    if kind == REFUSE then
        local code = payload(0, 2):le_uint()
        return string.format("refuse 0x%04x%s", code, REASONS[code] and " " .. REASONS[code] or "")
    end
    if kind == MESSAGE and note.number then return "message " .. note.number end
    if kind == BEGIN then return "begin " .. payload():le_uint() end
    if kind == CHUNK and note.have then
        local done = note.message_length and " (message " .. note.number .. ")" or ""
        return string.format("chunk %d/%d%s", note.have, note.total, done)
    end
    if kind == ABORT and note.discarded then return string.format("abort at %d/%d", note.discarded, note.withdrawn) end
    if kind == GOODBYE or kind == GOODBYE_ACK then return name .. " " .. tostring(payload():le_uint64()) end
    return name
end

-- What was worked out and is in no byte of the frame.
local function show_note(item, note)
    for _, name in ipairs { "sender", "number", "message_length", "have", "discarded", "withdrawn" } do
        local value = note[name]
        if name == "number" and value then value = UInt64(value) end
        if value then item:add(fields[name], value):set_generated() end
    end
    if note.total then item:add(fields.announced, note.total):set_generated() end
    if note.discarded then
        item:add_proto_expert_info(experts.aborted, string.format("Message withdrawn after %d of %d bytes", note.discarded, note.withdrawn))
    end
    if note.unconfirmed and note.unconfirmed > 0 then
        item:add_proto_expert_info(experts.unconfirmed, string.format("The last %d messages are unconfirmed", note.unconfirmed))
    end
    if note.violation then
        item:add(fields.violation, CODES[note.violation]):set_generated()
        item:add_proto_expert_info(experts[note.violation], note.violation .. ": " .. note.why)
    end
end

-- Shows one frame. Behind a violation nothing is a frame any more: the item takes in all the rest.
local function show_frame(tree, range, kind, payload, note)
    local text = words(kind, payload, note)
    local item = tree:add(bowline, range, "Bowline, " .. text)
    item:add_le(fields.length, range(0, 3))
    item:add(fields.kind, range(3, 1))
    if payload and show[kind] and not note.is_header_bad then show[kind](item, payload) end
    show_note(item, note)
    return text
end

-- Runs of whole messages are told in one: "messages 5 to 900".
local Line = {}
Line.__index = Line

function Line:add(text, number)
    local last = self[#self]
    if number and last and last.to and last.to + 1 == number then
        last.to = number
    else
        self[#self + 1] = { text = text, from = number, to = number }
    end
end

function Line:__tostring()
    local parts = {}
    for i, part in ipairs(self) do
        local is_run = part.from and part.to > part.from
        parts[i] = is_run and string.format("messages %d to %d", part.from, part.to) or part.text
    end
    return table.concat(parts, " · ")
end

-- One packet can hold several pieces of the stream, each of which comes here by itself: the end of a frame that was put
-- together, then the rest. So frames are numbered within a packet; `private` lives as long as that.
local function index_of(pinfo) return tonumber(pinfo.private["bowline.frames"] or "0") end

-- The note of the next frame. The first time it is judged, later its note is looked up.
local function note_of(pinfo, judged)
    local key = pinfo.number .. ":" .. index_of(pinfo)
    if not pinfo.visited then notes[key] = judged() end
    if notes[key] then pinfo.private["bowline.frames"] = tostring(index_of(pinfo) + 1) end
    return notes[key]
end

-- Asks TCP for more bytes. If there won't be any, because it does not put streams together or the capture holds only the
-- beginning of each packet, the direction can't be followed any longer.
local function wait_for(pinfo, tree, rest, from, missing)
    if pinfo.can_desegment > 0 and rest:len() == rest:tvb():reported_len() then
        pinfo.desegment_offset, pinfo.desegment_len = rest:offset(), missing
    else
        tree:add(bowline, rest, "Bowline, cut short"):add_proto_expert_info(experts.cut)
        from.stage = "over"
    end
end

local function show_rest(tree, rest, note)
    local item = tree:add(bowline, rest, "Bowline, not decoded")
    item:add(fields.rest, rest)
    if note.is_after_refuse then item:add_proto_expert_info(experts.after_refuse) end
    return rest:len(), "not decoded"
end

-- Shows the frame with which a piece of the stream begins; returns its size, words and number; nothing if it is not all there.
local function dissect(pinfo, tree, rest, from, to)
    local is_over = from.stage == "over" or from.stage == "refused"
    local left, length, kind = rest:len(), 0, MESSAGE
    if left >= 4 then length, kind = rest(0, 3):le_uint(), rest(3, 1):uint() end
    local is_whole = left >= 4 + length
    local payload = is_whole and length > 0 and rest(4, length):tvb() or nil
    local note = note_of(pinfo, function()
        if is_over then return { is_rest = true, is_after_refuse = from.stage == "refused" } end
        return left >= 4 and judge(from, to, kind, length, payload, is_whole) or nil
    end)
    if not note then
        local missing = left < 4 and DESEGMENT_ONE_MORE_SEGMENT or 4 + length - left
        return wait_for(pinfo, tree, rest, from, missing)
    end
    if note.is_rest then return show_rest(tree, rest, note) end
    local range = note.violation and rest or rest(0, 4 + length)
    return range:len(), show_frame(tree, range, kind, payload, note), kind == MESSAGE and note.number or nil
end

function bowline.dissector(tvb, pinfo, tree)
    pinfo.cols.protocol = "Bowline"
    local from, to = directions(pinfo)
    local is_first, line, at = index_of(pinfo) == 0, setmetatable({}, Line), 0
    while at < tvb:len() do
        local size, text, number = dissect(pinfo, tree, tvb(at), from, to)
        if not size then break end
        line:add(text, number)
        at = at + size
    end
    if #line > 0 then
        if is_first then pinfo.cols.info = tostring(line) else pinfo.cols.info:append(" · " .. tostring(line)) end
    end
    return tvb:len()
end

-- On any port: a connection whose first packet is a hello, or a server's refuse that did not wait for one.
local function is_ours(tvb)
    if tvb:len() < 6 or tvb:reported_len() > 68 then return false end
    local length, kind = tvb(0, 3):le_uint(), tvb(3, 1):uint()
    if length + 4 ~= tvb:reported_len() then return false end
    if kind == REFUSE then
        local code = tvb(4, 2):le_uint()
        return length <= 64 and code >= 1 and code <= 8
    end
    return kind == HELLO and length >= 16 and tvb:len() >= 8 and tvb(4, 4):raw() == "bwln"
end

local function by_hello(tvb, pinfo, tree)
    if not is_ours(tvb) then return false end
    pinfo.conversation = bowline
    bowline.dissector(tvb, pinfo, tree)
    return true
end

bowline:register_heuristic("tcp", by_hello)
local tcp_ports = DissectorTable.get("tcp.port")
tcp_ports:add_for_decode_as(bowline)

local ports = ""
function bowline.prefs_changed()
    if ports == bowline.prefs.ports then return end
    if ports ~= "" then tcp_ports:remove(ports, bowline) end
    ports = bowline.prefs.ports
    if ports ~= "" then tcp_ports:add(ports, bowline) end
end
