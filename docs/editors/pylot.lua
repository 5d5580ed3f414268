-- Pylot in Neovim 0.11 and newer, without a plugin manager.
--
-- Put this file into ~/.config/nvim/lua, and into init.lua:
--
--   require('pylot').setup({ cmd = { '/home/me/pylot/.venv/bin/pylot', 'lsp' } })
--
-- docs/editors/neovim.md describes the options, the keys and `:Pylot`.
local M = {}

local defaults = {
  cmd = { 'pylot', 'lsp' },
  filetypes = nil, -- nil: every file
  root_markers = { '.git' },
  settings = {}, -- any of pylot.toml, as in { completion = { eagerness = 'eager' } }
  keys = {
    accept = '<Tab>',
    accept_word = '<M-Right>',
    accept_line = '<M-C-Right>',
    next = '<M-]>',
    previous = '<M-[>',
    suggest = '<M-\\>',
    dismiss = '<C-]>',
  },
  -- Neovim 0.12 shows ghost text by itself, 200 ms after a key; false takes what is below, which waits less.
  builtin_ghost_text = vim.lsp.inline_completion ~= nil,
}

local options = defaults
local namespace = vim.api.nvim_create_namespace('pylot')
local group = vim.api.nvim_create_augroup('pylot', {})

local function client()
  return vim.lsp.get_clients({ name = 'pylot', bufnr = 0 })[1] or vim.lsp.get_clients({ name = 'pylot' })[1]
end

local function say(message, level)
  vim.notify('Pylot: ' .. message, level or vim.log.levels.INFO)
end

--- Run one of the server's commands; `done` gets its result.
local function command(name, arguments, done)
  local server = client()
  if server == nil then
    return say('the server does not run; :checkhealth vim.lsp says more', vim.log.levels.WARN)
  end
  local params = { command = name, arguments = arguments or {} }
  server:request('workspace/executeCommand', params, function(err, result)
    if err then
      say(err.message, vim.log.levels.ERROR)
    elseif done then
      done(result)
    end
  end)
end

--- Show lines in a window of their own, and return the window; the prompt of a question would cover one below.
local function show_lines(title, lines, filetype)
  local buffer = vim.api.nvim_create_buf(false, true)
  lines = vim.split(table.concat(lines, '\n'), '\n')
  vim.api.nvim_buf_set_lines(buffer, 0, -1, false, lines)
  vim.bo[buffer].bufhidden, vim.bo[buffer].modifiable = 'wipe', false
  -- Setting `filetype` would let servers attach; the syntax alone is wanted.
  vim.bo[buffer].syntax = filetype or ''
  -- The line with the title counts too.
  local height = math.min(#lines + 1, math.floor(vim.o.lines / 2))
  local window = vim.api.nvim_open_win(buffer, true, { split = 'above', win = -1, height = height })
  vim.wo[window].winbar = 'Pylot: ' .. title:gsub('%%', '%%%%'):gsub('\n', ' ') .. '  (q closes)'
  vim.wo[window].statusline = ' '
  vim.wo[window].number, vim.wo[window].relativenumber = false, false
  vim.keymap.set('n', 'q', '<Cmd>close<CR>', { buffer = buffer, nowait = true })
  return window
end

local function show_text(title, text, filetype)
  return show_lines(title, vim.split(text, '\n'), filetype)
end

-- Ghost text ---------------------------------------------------------------------------------------------------------

--- Return the beginning of a text that a key takes over: all of it, a word, or the rest of a line.
local function part_of(text, part)
  if part == 'word' then
    return text:match('^%s*[%w_\128-\255]+') or text:match('^%s*[^%w_%s\128-\255]+') or text
  elseif part == 'line' then
    return text:match('^\n*[^\n]+') or text
  end
  return text
end

local function insert_at_cursor(text, tail)
  local row, column = unpack(vim.api.nvim_win_get_cursor(0))
  local lines = vim.split(text, '\n')
  vim.api.nvim_buf_set_text(0, row - 1, column, row - 1, column + (tail or 0), lines)
  vim.api.nvim_win_set_cursor(0, { row + #lines - 1, (#lines == 1 and column or 0) + #lines[#lines] })
end

local builtin = {}

function builtin.accept(part)
  if part == 'all' then
    return vim.lsp.inline_completion.get()
  end
  return vim.lsp.inline_completion.get({
    on_accept = function(item)
      local row, column = unpack(vim.api.nvim_win_get_cursor(0))
      local start_row, start_column = row - 1, column
      if item.range then
        start_row, start_column = item.range:to_extmark()
      end
      local typed = vim.api.nvim_buf_get_text(0, start_row, start_column, row - 1, column, {})
      local text = item.insert_text
      if start_row ~= row - 1 or type(text) ~= 'string' or not vim.startswith(text, typed[1]) then
        return item
      end
      local rest = text:sub(#typed[1] + 1)
      local taken = part_of(rest, part)
      if taken == rest then
        return item
      end
      insert_at_cursor(taken)
    end,
  })
end

--- Take away what is shown until the next key.
function builtin.dismiss()
  vim.lsp.inline_completion.enable(false, { bufnr = 0 })
  vim.lsp.inline_completion.enable(true, { bufnr = 0 })
end

-- For what Neovim's own does not do, asking for several suggestions at once, and for Neovim 0.11.
local own = { items = {}, index = 1, asked = 0 }

local function own_rest()
  local item = own.items[own.index]
  if item == nil or own.buffer ~= vim.api.nvim_get_current_buf() then
    return nil
  end
  local row, column = unpack(vim.api.nvim_win_get_cursor(0))
  local line = vim.api.nvim_get_current_line()
  local typed = line:sub(item.start + 1, column)
  if row ~= item.row or column < item.start or not vim.startswith(item.text, typed) then
    return nil
  end
  -- What stands between the cursor and the end of the item's range is replaced by it.
  if line:sub(column + 1, column + #item.tail) ~= item.tail then
    return nil
  end
  local rest = item.text:sub(#typed + 1)
  return rest ~= '' and rest or nil, item
end

local function own_draw()
  if own.buffer and vim.api.nvim_buf_is_valid(own.buffer) then
    vim.api.nvim_buf_clear_namespace(own.buffer, namespace, 0, -1)
  end
  local rest, item = own_rest()
  if rest == nil then
    own.items = {}
    return
  end
  local row, column = unpack(vim.api.nvim_win_get_cursor(0))
  local lines = vim.tbl_map(function(line)
    return { { line, 'Comment' } }
  end, vim.split(rest, '\n'))
  if #own.items > 1 then
    table.insert(lines[#lines], { (' (%d/%d)'):format(own.index, #own.items), 'NonText' })
  end
  vim.api.nvim_buf_set_extmark(0, namespace, row - 1, column, {
    virt_text = table.remove(lines, 1),
    virt_lines = lines,
    virt_text_pos = item.tail == '' and 'inline' or 'overlay',
    hl_mode = 'combine',
  })
end

local function own_item(item, buffer, position, encoding)
  local range = item.range or { start = position, ['end'] = position }
  local line = vim.api.nvim_buf_get_lines(buffer, position.line, position.line + 1, false)[1] or ''
  local function byte(character)
    return vim.str_byteindex(line, encoding, character, false)
  end
  return {
    row = position.line + 1,
    start = byte(range.start.character),
    tail = line:sub(byte(position.character) + 1, byte(range['end'].character)),
    text = type(item.insertText) == 'string' and item.insertText or item.insertText.value,
    command = item.command,
  }
end

--- Ask for ghost text: by itself (2), or because the user wants several to choose from (1).
local function own_ask(kind)
  local server = client()
  local buffer = vim.api.nvim_get_current_buf()
  if server == nil or not server.attached_buffers[buffer] then
    return
  end
  local params = vim.lsp.util.make_position_params(0, server.offset_encoding)
  params.context = { triggerKind = kind }
  own.asked = own.asked + 1
  local number, tick = own.asked, vim.api.nvim_buf_get_changedtick(buffer)
  server:request('textDocument/inlineCompletion', params, function(err, result)
    local is_current = number == own.asked and tick == vim.api.nvim_buf_get_changedtick(buffer)
    -- `null` keeps what is shown.
    if err or not result or not is_current or vim.api.nvim_get_mode().mode:sub(1, 1) ~= 'i' then
      return
    end
    own.buffer, own.index = buffer, 1
    own.items = vim.tbl_map(function(item)
      return own_item(item, buffer, params.position, server.offset_encoding)
    end, result.items or result)
    own_draw()
  end, buffer)
end

function own.accept(part)
  local rest, item = own_rest()
  if rest == nil then
    return false
  end
  -- A mapping that is an expression may not change the text itself.
  vim.schedule(function()
    local taken = part_of(rest, part)
    local is_all = taken == rest
    insert_at_cursor(taken, is_all and #item.tail or 0)
    if is_all and item.command then
      client():exec_cmd(item.command, { bufnr = 0 })
    end
    own_draw()
  end)
  return true
end

function own.select(step)
  if #own.items == 0 then
    return own.suggest()
  end
  own.index = (own.index - 1 + step) % #own.items + 1
  own_draw()
end

function own.dismiss()
  own.items, own.asked = {}, own.asked + 1
  own_draw()
end

function own.suggest()
  if options.builtin_ghost_text then
    builtin.dismiss()
  end
  own_ask(1)
end

--- Follow the user's typing.
function own.enable()
  vim.api.nvim_create_autocmd({ 'InsertEnter', 'CursorMovedI', 'TextChangedI', 'TextChangedP' }, {
    group = group,
    callback = function()
      own_draw()
      if options.builtin_ghost_text then
        return
      end
      own.timer = own.timer or vim.uv.new_timer()
      own.timer:start(30, 0, vim.schedule_wrap(function() own_ask(2) end))
    end,
  })
  vim.api.nvim_create_autocmd('InsertLeave', { group = group, callback = own.dismiss })
end

--- Take over a part of what is shown; return whether anything was.
local function accept(part)
  return own.accept(part) or (options.builtin_ghost_text and builtin.accept(part))
end

local function dismiss()
  own.dismiss()
  if options.builtin_ghost_text then
    builtin.dismiss()
  end
end

local function map_keys(buffer)
  local function map(name, action)
    local key = options.keys and options.keys[name]
    if key then
      vim.keymap.set('i', key, action, { buffer = buffer, expr = true, desc = 'Pylot: ' .. name })
    end
  end
  for name, part in pairs({ accept = 'all', accept_word = 'word', accept_line = 'line' }) do
    -- Where there is no ghost text the key does what it always did.
    map(name, function()
      if accept(part) then
        return ''
      elseif options.keys[name] == '<Tab>' and vim.snippet.active({ direction = 1 }) then
        return '<Cmd>lua vim.snippet.jump(1)<CR>'
      end
      return options.keys[name]
    end)
  end
  local actions = {
    next = function() own.select(1) end,
    previous = function() own.select(-1) end,
    suggest = own.suggest,
    dismiss = dismiss,
  }
  for name, action in pairs(actions) do
    map(name, function()
      vim.schedule(action)
      return ''
    end)
  end
end

-- What the server asks -----------------------------------------------------------------------------------------------

local waiting = {} -- questions that wait for the user, the oldest first
local is_asking = false

--- Put the next question when the user is not typing: a key that was meant for the text must not answer it.
local function ask_next()
  if is_asking or #waiting == 0 then
    return
  end
  if vim.api.nvim_get_mode().mode ~= 'n' then
    return
  end
  is_asking = true
  local question = table.remove(waiting, 1)
  while vim.fn.getchar(0) ~= 0 do
  end
  question(function()
    is_asking = false
    vim.schedule(ask_next)
  end)
end

--- Return a handler of a server's request that puts a question and answers with what `reply` gets.
local function handler(announce, question)
  return function(_, params)
    local co = coroutine.running()
    table.insert(waiting, function(done)
      question(params, function(result)
        done()
        coroutine.resume(co, result == nil and vim.NIL or result)
      end)
    end)
    if vim.api.nvim_get_mode().mode ~= 'n' then
      say(announce(params) .. ' (asked when you leave insert mode)')
    end
    vim.schedule(ask_next)
    return coroutine.yield()
  end
end

local function diff(before, after)
  local compare = vim.text.diff or vim.diff
  return compare(before, after, { ctxlen = 3 })
end

--- Return what a question is about, to be looked at before it is answered.
local function what_is_asked(approval)
  local lines = vim.split(approval.detail or '', '\n', { trimempty = true })
  if approval.command then
    vim.list_extend(lines, { '$ ' .. approval.command.text, 'in ' .. approval.command.cwd })
    if approval.command.sandbox and approval.command.sandbox ~= '' then
      table.insert(lines, 'sandbox: ' .. approval.command.sandbox)
    end
  end
  for _, reason in ipairs(approval.reasons or {}) do
    table.insert(lines, '• ' .. reason)
  end
  for _, edit in ipairs(approval.edits or {}) do
    local name = vim.fn.fnamemodify(vim.uri_to_fname(edit.uri), ':~:.')
    local is_new = edit.before == nil or edit.before == vim.NIL
    vim.list_extend(lines, #lines > 0 and { '' } or {})
    vim.list_extend(lines, { '--- ' .. (is_new and '/dev/null' or name), '+++ ' .. name })
    vim.list_extend(lines, vim.split(diff(is_new and '' or edit.before, edit.after), '\n', { trimempty = true }))
  end
  return lines
end

--- Show what a question is about; return whether there was room for all of it, what puts it away, and its window.
local function show_question(title, lines)
  local before = vim.api.nvim_get_current_win()
  local window = show_lines(title, lines, 'diff')
  vim.cmd.redraw()
  return #lines < vim.api.nvim_win_get_height(window), function()
    if vim.api.nvim_win_is_valid(window) then
      vim.api.nvim_win_close(window, true)
    end
    if vim.api.nvim_win_is_valid(before) then
      vim.api.nvim_set_current_win(before)
    end
  end, window
end

local function ask_approval(approval, reply)
  local title = ('%s (%s risk)'):format(approval.title, approval.risk or 'unknown')
  local is_whole, close = show_question(title, what_is_asked(approval))
  local choices = vim.list_slice(approval.choices)
  if not is_whole then
    table.insert(choices, { id = 'look', title = 'Look at all of it first' })
  end
  local prompt = { prompt = approval.title, kind = 'pylot_approval', format_item = function(it) return it.title end }
  vim.ui.select(choices, prompt, function(choice)
    if choice ~= nil and choice.id == 'look' then
      say(':Pylot approvals comes back to the question')
      return reply(nil)
    end
    close()
    if choice == nil then
      say('still pending; :Pylot approvals comes back to it')
      return reply(nil)
    end
    if choice.id ~= 'deny' then
      return reply({ choice = choice.id })
    end
    vim.ui.input({ prompt = 'Why not? (may stay empty) ' }, function(comment)
      reply({ choice = choice.id, comment = comment ~= '' and comment or nil })
    end)
  end)
end

--- Return the texts of a file before and after a change of it, nil before for a new one.
local function texts_of(change, encoding)
  local buffer, name = vim.uri_to_bufnr(change.textDocument.uri), vim.uri_to_fname(change.textDocument.uri)
  local is_new = not vim.api.nvim_buf_is_loaded(buffer) and vim.fn.filereadable(name) == 0
  if not is_new then
    vim.fn.bufload(buffer)
  end
  local before = is_new and {} or vim.api.nvim_buf_get_lines(buffer, 0, -1, false)
  local edits = vim.tbl_map(function(it) return { range = it.range, newText = it.newText } end, change.edits)
  local scratch = vim.api.nvim_create_buf(false, true)
  vim.api.nvim_buf_set_lines(scratch, 0, -1, false, before)
  vim.lsp.util.apply_text_edits(edits, scratch, encoding)
  local after = vim.api.nvim_buf_get_lines(scratch, 0, -1, false)
  vim.api.nvim_buf_delete(scratch, { force = true })
  return not is_new and table.concat(before, '\n') .. '\n' or nil, table.concat(after, '\n') .. '\n'
end

--- Show what a model has written, and make the edit once somebody agrees; Neovim itself asks without showing it.
local ask_edit
function ask_edit(params, reply)
  local encoding, edits = client().offset_encoding, {}
  for _, change in ipairs(params.edit.documentChanges) do
    if change.textDocument then
      local before, after = texts_of(change, encoding)
      table.insert(edits, { uri = change.textDocument.uri, before = before, after = after })
    end
  end
  local is_whole, close, window = show_question(params.label, what_is_asked({ edits = edits }))
  local choices = is_whole and { 'Apply', 'Discard' } or { 'Apply', 'Discard', 'Look at all of it first' }
  vim.ui.select(choices, { prompt = params.label, kind = 'pylot_edit' }, function(choice)
    if choice == choices[3] and choice ~= nil then
      local again = vim.schedule_wrap(function() ask_edit(params, reply) end)
      vim.api.nvim_create_autocmd('WinClosed', { group = group, pattern = tostring(window), once = true, callback = again })
      return say('the question comes back when you close the window')
    end
    close()
    if choice ~= 'Apply' then
      return reply({ applied = false })
    end
    for _, annotation in pairs(params.edit.changeAnnotations) do
      annotation.needsConfirmation = false
    end
    local is_applied, problem = pcall(vim.lsp.util.apply_workspace_edit, params.edit, encoding)
    reply({ applied = is_applied, failureReason = problem })
  end)
end

local ask_about_edit = handler(function(it) return it.label end, ask_edit)

local function edit_asked_for(err, params, context)
  for _, annotation in pairs(params.edit.changeAnnotations or {}) do
    if annotation.needsConfirmation then
      return ask_about_edit(err, params)
    end
  end
  return vim.lsp.handlers['workspace/applyEdit'](err, params, context)
end

local function ask_input(question, reply)
  local function answer(value)
    reply(value ~= nil and value ~= '' and { value = value } or nil)
  end
  if question.masked then
    local prompt = question.title .. '\n' .. question.prompt .. ': '
    local is_done, value = pcall(vim.fn.inputsecret, prompt)
    return answer(is_done and value or nil)
  end
  vim.ui.input({ prompt = (question.prompt or question.title) .. ': ' }, answer)
end

-- Tasks, progress and status -----------------------------------------------------------------------------------------

local tasks = {}
local progress = {} -- token -> what it says
local health = ''
local ENDED = { completed = true, failed = true, cancelled = true, limit = true, interrupted = true }

local function task_updated(_, update)
  local known = tasks[update.taskId] or {}
  tasks[update.taskId] = vim.tbl_extend('force', known, update)
  if ENDED[update.status] and known.status ~= update.status then
    local is_told = update.status ~= 'completed' and update.status ~= 'cancelled' and update.message
    say(('%s: %s'):format(update.title, is_told or update.status))
    if update.answer and update.answer ~= vim.NIL and update.answer ~= '' then
      show_text(update.title, update.answer, 'markdown')
    end
  end
  vim.cmd.redrawstatus({ bang = true })
end

local function progress_made(event)
  local server = vim.lsp.get_client_by_id(event.data.client_id)
  if server == nil or server.name ~= 'pylot' then
    return
  end
  local token, value = event.data.params.token, event.data.params.value
  if value.kind == 'end' then
    progress[token] = nil
  else
    local known = progress[token] or {}
    local percent = value.percentage and (' %d%%'):format(value.percentage) or ''
    progress[token] = { title = value.title or known.title, text = (value.message or '') .. percent, cancellable = value.cancellable or known.cancellable }
  end
  vim.cmd.redrawstatus({ bang = true })
end

--- Return Pylot's state for a status line: what it works at, what waits for you, or what is wrong.
function M.status()
  local pending = #waiting + (is_asking and 1 or 0)
  if pending > 0 then
    return ('Pylot asks (%d)'):format(pending)
  end
  local _, work = next(progress)
  if work then
    local title = (work.title or ''):gsub('^Pylot: ', '')
    return vim.trim(('Pylot: %s %s'):format(title, work.text))
  end
  return client() and (health ~= '' and 'Pylot: ' .. health or 'Pylot') or ''
end

-- :Pylot -------------------------------------------------------------------------------------------------------------

local function task_argument(words)
  return words[1] and { { taskId = words[1] } } or {}
end

local function answer_pending()
  command('pylot.approvals.list', {}, function(result)
    local approvals = result and (result.approvals or result) or {}
    if #approvals == 0 then
      return say('nothing waits for an answer')
    end
    local prompt = { prompt = 'Pylot asks', format_item = function(it) return it.title end }
    vim.ui.select(approvals, prompt, function(approval)
      if approval == nil then
        return
      end
      ask_approval(approval, function(answer)
        if answer then
          command('pylot.approvals.answer', { vim.tbl_extend('force', { id = approval.id }, answer) })
        end
      end)
    end)
  end)
end

local function search(words)
  local text = table.concat(words, ' ')
  command('pylot.search', { { text = text, limit = 20 } }, function(result)
    local items = vim.tbl_map(function(hit)
      local line = hit.range.start.line + 1
      return { filename = vim.uri_to_fname(hit.uri), lnum = line, text = ('%s  %s'):format(hit.symbol or '', hit.reason or '') }
    end, result.hits)
    vim.fn.setqflist({}, ' ', { title = 'Pylot: ' .. text, items = items })
    if #items == 0 then
      return say('nothing in the workspace answers this')
    end
    vim.cmd('botright copen')
  end)
end

local function choose_model(words)
  local function use(name)
    command('pylot.models.use', { name }, function(result)
      say(table.concat(vim.list_extend({ result.model .. ' writes the ghost text from now on.' }, result.notes or {}), ' '))
    end)
  end
  if words[1] then
    return use(words[1])
  end
  command('pylot.models.list', {}, function(result)
    local prompt = { prompt = 'The model for ghost text', format_item = function(it) return it.name end }
    vim.ui.select(result['local'], prompt, function(model)
      if model then
        use(model.name)
      end
    end)
  end)
end

local function show_tasks()
  command('pylot.agent.tasks', {}, function(result)
    local lines = {}
    for _, task in ipairs(result.tasks) do
      table.insert(lines, ('%s  %s  %s'):format(task.taskId, task.status, task.title or ''))
      -- Plans are told while a task runs.
      for _, step in ipairs((tasks[task.taskId] or {}).plan or {}) do
        table.insert(lines, ('    %s  %s'):format(step.status == 'completed' and '✓' or '·', step.text))
      end
    end
    show_lines('tasks', #lines > 0 and lines or { 'There are no tasks in this workspace.' })
  end)
end

local function cancel_work()
  local server = client()
  for token, work in pairs(progress) do
    if work.cancellable and server then
      server:notify('window/workDoneProgress/cancel', { token = token })
    end
  end
end

local commands = {
  agent = function(words)
    local prompt = table.concat(words, ' ')
    command('pylot.agent.run', prompt ~= '' and { { prompt = prompt } } or {}, function(result)
      if result and result.taskId then
        say(('task %s: %s'):format(result.taskId, result.status))
      end
    end)
  end,
  cancel = function(words)
    command('pylot.agent.cancel', task_argument(words))
  end,
  resume = function(words)
    command('pylot.agent.resume', task_argument(words))
  end,
  restore = function(words)
    command('pylot.agent.restore', task_argument(words), function(result)
      local lines = { ('%d files are as they were before'):format(#result.restored) }
      for _, skipped in ipairs(result.skipped) do
        table.insert(lines, ('%s was left alone: %s'):format(skipped.path, skipped.reason))
      end
      say(table.concat(lines, '; '))
      vim.cmd.checktime()
    end)
  end,
  stop = cancel_work,
  tasks = show_tasks,
  approvals = answer_pending,
  trust = function()
    command('pylot.workspace.trust', {})
  end,
  distrust = function()
    command('pylot.workspace.distrust', {}, function() say('nothing here is trusted any more') end)
  end,
  search = search,
  model = choose_model,
  explain = function()
    command('pylot.explain', { 3 }, function(result) show_text('why this suggestion, why none', result.text or vim.inspect(result)) end)
  end,
  status = function()
    command('pylot.status', {}, function(result) show_text('status', vim.inspect(result)) end)
  end,
  reindex = function()
    command('pylot.index.rebuild', {}, function() say('every file is read again') end)
  end,
  restart = function()
    vim.lsp.enable('pylot', false)
    for _, server in ipairs(vim.lsp.get_clients({ name = 'pylot' })) do
      server:stop()
    end
    vim.wait(3000, function() return client() == nil end)
    vim.lsp.enable('pylot')
  end,
}

local function run_command(call)
  local words = vim.deepcopy(call.fargs)
  local name = table.remove(words, 1)
  if commands[name] == nil then
    return say('there is no `:Pylot ' .. name .. '`', vim.log.levels.ERROR)
  end
  commands[name](words)
end

local function complete_command(lead, line)
  if #vim.split(line, '%s+') > 2 then
    return {}
  end
  local names = vim.tbl_filter(function(name) return vim.startswith(name, lead) end, vim.tbl_keys(commands))
  table.sort(names)
  return names
end

local function capabilities()
  local ours = { experimental = { pylot = { approval = true, input = true, tasks = true } } }
  if not options.builtin_ghost_text then
    ours.textDocument = { inlineCompletion = { dynamicRegistration = false } }
  end
  return vim.tbl_deep_extend('force', vim.lsp.protocol.make_client_capabilities(), ours)
end

--- Start Pylot for every file that is opened from now on; `docs/editors/neovim.md` has the options.
function M.setup(wanted)
  options = vim.tbl_deep_extend('force', defaults, wanted or {})
  if wanted and wanted.keys == false then
    options.keys = false
  end
  vim.api.nvim_clear_autocmds({ group = group })
  vim.lsp.config('pylot', {
    cmd = options.cmd,
    filetypes = options.filetypes,
    root_markers = options.root_markers,
    settings = { pylot = options.settings },
    capabilities = capabilities(),
    on_attach = function(_, buffer)
      map_keys(buffer)
    end,
    handlers = {
      ['pylot/approval'] = handler(function(it) return it.title end, ask_approval),
      ['pylot/input'] = handler(function(it) return it.title end, ask_input),
      ['pylot/taskUpdate'] = task_updated,
      ['workspace/applyEdit'] = edit_asked_for,
      ['pylot/status'] = function(_, state)
        health = state.kind == 'Normal' and '' or state.message
        vim.cmd.redrawstatus({ bang = true })
      end,
    },
  })
  vim.lsp.enable('pylot')
  if options.builtin_ghost_text then
    vim.lsp.inline_completion.enable()
  end
  own.enable()
  vim.api.nvim_create_autocmd('LspProgress', { group = group, callback = progress_made })
  vim.api.nvim_create_autocmd('ModeChanged', { group = group, pattern = '*:n', callback = vim.schedule_wrap(ask_next) })
  vim.api.nvim_create_user_command('Pylot', run_command, { nargs = '+', complete = complete_command, desc = 'Ask Pylot' })
end

return M
