-- wrk with a text of its own in each request: codes, refresh tokens. `settings` stands before this file (load.py writes it).
-- One thread, as each has a Lua of its own. Every answer is checked; `chained` takes the text of a later request from it.
local ffi = require("ffi")
ffi.cdef("int kill(int, int); int getpid(void);")

local texts, next_one, last = {}, 1, 0
local threads = {}
answered, wrong, ended = 0, 0, 0

function setup(thread)
    table.insert(threads, thread)
end

function init()
    for text in io.lines(settings.texts) do
        last = last + 1
        texts[last] = text
    end
end

-- All are used up: ends this thread at once, and wrk's wait for the end of its time (SIGINT, as a person would).
local function stop()
    ended = 1
    wrk.thread:stop()
    ffi.C.kill(ffi.C.getpid(), 2)
    return wrk.format("GET", "/")
end

function request()
    -- wrk asks once before there are threads, to look at the request's form.
    if not wrk.thread then return wrk.format("GET", "/") end
    if next_one > last then return stop() end
    local text = texts[next_one]
    texts[next_one] = nil
    next_one = next_one + 1
    local body = settings.body and settings.body:gsub("TEXT", text)
    return wrk.format(settings.method, (settings.path:gsub("TEXT", text)), settings.headers, body)
end

local function header(headers, name)
    for known, value in pairs(headers) do
        if known:lower() == name then return value end
    end
    return ""
end

function response(status, headers, body)
    local shown = settings.shown_in == "body" and body or header(headers, settings.shown_in)
    local found = status == settings.status and string.match(shown, settings.shows)
    if not found then
        if ended == 0 then wrong = wrong + 1 end
        return
    end
    answered = answered + 1
    if settings.chained then
        last = last + 1
        texts[last] = found
    end
end

function done()
    io.write(string.format("each: %d right, %d wrong\n", threads[1]:get("answered"), threads[1]:get("wrong")))
end
