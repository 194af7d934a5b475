-- Drives the set-up of the guide in a real Neovim and writes what was seen as JSON. Arguments come by environment.
local seen = {}
local wait = 60000

local function client_of(buffer)
  local clients = vim.lsp.buf_get_clients(buffer)
  local _, client = next(clients)
  return client
end

local function ask(method, line, column, more)
  local params = vim.tbl_extend('force', {
    textDocument = { uri = vim.uri_from_bufnr(0) },
    position = { line = line, character = column },
  }, more or {})
  local reply = client_of(0).request_sync(method, params, wait, 0)
  return reply and (reply.result or { err = reply.err and reply.err.message }) or { err = 'no answer' }
end

local function at(text)
  for index, line in ipairs(vim.api.nvim_buf_get_lines(0, 0, -1, false)) do
    local from = line:find(text, 1, true)
    if from then return index - 1, from end
  end
  error('not in the file: ' .. text)
end

local function run()
  dofile(vim.env.SETUP)
  vim.cmd('edit ' .. vim.env.CONFIG)
  local config = vim.api.nvim_get_current_buf()
  vim.wait(wait, function() return client_of(config) ~= nil and #vim.diagnostic.get(config) > 0 end)
  seen.diagnostics = vim.tbl_map(function(each) return each.code .. ' ' .. each.lnum end, vim.diagnostic.get(config))

  local line, column = at('cpus = 16')
  seen.hover = ask('textDocument/hover', line, column).contents
  line, column = at('"wide", "deep"')
  seen.definition = ask('textDocument/definition', line, column + 1)
  vim.api.nvim_win_set_cursor(0, { line + 1, column + 1 })
  vim.lsp.buf.definition()
  vim.wait(wait, function() return vim.api.nvim_win_get_cursor(0)[1] ~= line + 1 end)
  seen.jumped = vim.api.nvim_get_current_line()

  -- The user types a key; the list of omni completion is what the editor offers.
  line = at('[vm_templates.both]')
  vim.api.nvim_buf_set_lines(0, line + 1, line + 1, false, { 'swa' })
  -- Neovim sends changes a moment later.
  vim.wait(wait, function()
    local items = ask('textDocument/completion', line + 1, 3)
    seen.completion = vim.tbl_map(function(item) return item.label end, items.items or items)
    return vim.tbl_contains(seen.completion, 'swap')
  end, 100)
  vim.cmd('silent undo')

  vim.lsp.codelens.refresh()
  local function titles()
    return vim.tbl_map(function(lens) return lens.command and lens.command.title or '' end, vim.lsp.codelens.get(config))
  end
  vim.wait(wait, function() return vim.tbl_contains(titles(), 'used by 3 VMs') end)
  seen.lenses = titles()

  line, column = at('claude]')
  vim.api.nvim_win_set_cursor(0, { line + 1, column })
  vim.lsp.buf.declaration()
  vim.wait(wait, function() return vim.api.nvim_get_current_buf() ~= config end)
  seen.catalog = { vim.api.nvim_buf_get_name(0), vim.api.nvim_get_current_line(), vim.bo.filetype }
  vim.api.nvim_set_current_buf(config)

  line = at('cpus = 16')
  vim.api.nvim_buf_set_lines(0, line, line + 1, false, { 'cpus = 12' })
  vim.wait(wait, function()
    vim.cmd('AgentworksChanges')
    seen.changes = vim.api.nvim_buf_get_lines(0, 0, -1, false)
    seen.changesType = vim.bo.filetype
    vim.cmd('buffer! ' .. config)
    return #seen.changes > 3
  end, 100)
  vim.cmd('AgentworksEffective vm both')
  seen.effective = vim.api.nvim_buf_get_lines(0, 0, -1, false)
end

local ok, problem = xpcall(run, debug.traceback)
if not ok then seen.error = problem end
local file = io.open(vim.env.SEEN, 'w')
file:write(vim.fn.json_encode(seen))
file:close()
vim.cmd('qall!')
