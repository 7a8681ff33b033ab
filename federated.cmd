@echo off
rem Builds Federated when its sources changed and starts it: federated COMMAND ...
rem "federated test [FILTER]" builds everything and runs all tests. See README.md.
setlocal
set "ROOT=%~dp0"
set "ROOT=%ROOT:~0,-1%"
set "ARTIFACTS=%ROOT%\artifacts"
set "PROGRAM=%ARTIFACTS%\bin\Federated.Coordinator\release\Federated.Coordinator.dll"
set "STAMP=%ARTIFACTS%\federated.stamp"
set "RESULTS=%ARTIFACTS%\test-results"
set "DOTNET_NOLOGO=1"
set "DOTNET_CLI_TELEMETRY_OPTOUT=1"
set "MSBUILDDISABLENODEREUSE=1"

where dotnet >nul 2>nul
if errorlevel 1 goto nosdk

if /i "%~1"=="test" goto test

rem Build when a source file is newer than the last build.
if not exist "%PROGRAM%" goto build
if not exist "%STAMP%" goto build
powershell -NoProfile -Command "$t = (Get-Item -LiteralPath $env:STAMP).LastWriteTimeUtc; $n = Get-ChildItem -LiteralPath (Join-Path $env:ROOT 'src'), (Join-Path $env:ROOT 'protos') -Recurse -ErrorAction SilentlyContinue | Where-Object { $_.LastWriteTimeUtc -gt $t } | Select-Object -First 1; $p = Get-ChildItem -LiteralPath $env:ROOT -File | Where-Object { $_.Extension -in '.props','.json','.txt' -and $_.LastWriteTimeUtc -gt $t } | Select-Object -First 1; if ($n -or $p) { exit 1 } else { exit 0 }"
if not errorlevel 1 goto start

:build
echo federated: building the program (first start, or its sources changed) 1>&2
call :compile src\Coordinator\Federated.Coordinator.csproj
if errorlevel 1 exit /b 1

:start
dotnet "%PROGRAM%" %*
exit /b %ERRORLEVEL%

:test
echo federated: building the program and all tests 1>&2
call :compile Federated.sln
if errorlevel 1 exit /b 1
if exist "%RESULTS%" rmdir /s /q "%RESULTS%"
set "FILTER="
if not "%~2"=="" set FILTER=--filter "FullyQualifiedName~%~2"
echo federated: running the tests 1>&2
pushd "%ROOT%"
dotnet test Federated.sln -c Release --no-build -m:1 -nologo --results-directory "%RESULTS%" --logger "console;verbosity=minimal" --logger "trx;LogFilePrefix=tests" %FILTER%
set "STATUS=%ERRORLEVEL%"
popd
rem Sum the counters of all result files; what is neither passed nor skipped has failed.
powershell -NoProfile -Command "$p = 0; $e = 0; $t = 0; Get-ChildItem -Path (Join-Path $env:RESULTS '*.trx') -ErrorAction SilentlyContinue | ForEach-Object { $c = ([xml](Get-Content -LiteralPath $_.FullName -Raw)).TestRun.ResultSummary.Counters; $p += [int]$c.passed; $e += [int]$c.executed; $t += [int]$c.total }; $f = $e - $p; if ($f -eq 0 -and $env:STATUS -ne '0') { $f = 1 }; $l = [string]$p + ' passed, ' + [string]$f + ' failed'; if ($t -gt $e) { $l += ', ' + [string]($t - $e) + ' skipped' }; Write-Output $l; if ($f -gt 0 -or $p -eq 0) { exit 1 } else { exit 0 }"
exit /b %ERRORLEVEL%

:compile
if not exist "%ARTIFACTS%" mkdir "%ARTIFACTS%"
rem The stamp is as old as the beginning of the build: what is edited meanwhile is built next time.
type nul > "%STAMP%.new"
pushd "%ROOT%"
dotnet build %1 -c Release -p:RestoreLockedMode=true -nologo -v:quiet -clp:NoSummary > "%ARTIFACTS%\build.log" 2>&1
set "STATUS=%ERRORLEVEL%"
popd
if "%STATUS%"=="0" goto built
type "%ARTIFACTS%\build.log" 1>&2
echo federated: the build failed 1>&2
if exist "%STAMP%" del "%STAMP%"
exit /b 1
:built
move /y "%STAMP%.new" "%STAMP%" >nul
exit /b 0

:nosdk
echo federated: the .NET 10 SDK is needed and was not found. Install it from https://dotnet.microsoft.com/download/dotnet/10.0 1>&2
echo or with: winget install Microsoft.DotNet.SDK.10 1>&2
exit /b 1
